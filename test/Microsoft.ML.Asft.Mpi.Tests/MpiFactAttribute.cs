namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>A fact that is skipped, and says so, where there is no Open MPI.</summary>
internal sealed class MpiFactAttribute : FactAttribute
{
    public MpiFactAttribute() => Skip = MpiRun.WhyMissing;
}

/// <summary>A theory that is skipped, and says so, where there is no Open MPI.</summary>
internal sealed class MpiTheoryAttribute : TheoryAttribute
{
    public MpiTheoryAttribute() => Skip = MpiRun.WhyMissing;
}

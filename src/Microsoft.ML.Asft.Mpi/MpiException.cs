namespace Microsoft.ML.Asft.Mpi;

/// <summary>A call of MPI failed; the message names it and says what MPI said.</summary>
public sealed class MpiException : Exception
{
    internal MpiException(string message)
        : base(message)
    {
    }
}

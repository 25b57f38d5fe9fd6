namespace Microsoft.ML.Asft.Mpi;

/// <summary>A call of MPI failed; the message has the call and MPI's error.</summary>
public sealed class MpiException : Exception
{
    internal MpiException(string message)
        : base(message)
    {
    }
}

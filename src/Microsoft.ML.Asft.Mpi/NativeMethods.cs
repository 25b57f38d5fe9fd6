using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Mpi;

/// <summary>The required calls of Open MPI's library. Its handles are addresses; see <see cref="MpiLibrary"/>.</summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "libmpi.so.40";

    [LibraryImport(Library)]
    public static partial int MPI_Init_thread(int* argc, byte*** argv, int required, out int provided);

    [LibraryImport(Library)]
    public static partial int MPI_Initialized(out int flag);

    [LibraryImport(Library)]
    public static partial int MPI_Finalize();

    [LibraryImport(Library)]
    public static partial int MPI_Abort(nint comm, int errorCode);

    [LibraryImport(Library)]
    public static partial int MPI_Error_string(int errorCode, byte* text, out int length);

    [LibraryImport(Library)]
    public static partial int MPI_Get_processor_name(byte* name, out int length);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_rank(nint comm, out int rank);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_size(nint comm, out int size);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_dup(nint comm, out nint copy);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_free(ref nint comm);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_set_errhandler(nint comm, nint handler);

    [LibraryImport(Library)]
    public static partial int MPI_Allreduce(void* send, void* receive, int count, nint type, nint operation, nint comm);

    [LibraryImport(Library)]
    public static partial int MPI_Reduce_scatter_block(void* send, void* receive, int count, nint type, nint operation, nint comm);

    [LibraryImport(Library)]
    public static partial int MPI_Allgather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm);

    [LibraryImport(Library)]
    public static partial int MPI_Bcast(void* buffer, int count, nint type, int root, nint comm);

    [LibraryImport(Library)]
    public static partial int MPI_Barrier(nint comm);

    [LibraryImport(Library)]
    public static partial int MPI_Isend(void* buffer, int count, nint type, int destination, int tag, nint comm, out nint request);

    [LibraryImport(Library)]
    public static partial int MPI_Test(ref nint request, out int flag, void* status);

    [LibraryImport(Library)]
    public static partial int MPI_Iprobe(int source, int tag, nint comm, out int flag, MpiStatus* status);

    [LibraryImport(Library)]
    public static partial int MPI_Recv(void* buffer, int count, nint type, int source, int tag, nint comm, MpiStatus* status);

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OpenLibrary(string name, int flags);

    /// <summary>Open MPI's <c>MPI_Status</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MpiStatus
    {
        public int Source;
        public int Tag;
        public int Error;
        public int Cancelled;
        public nuint Length;
    }
}

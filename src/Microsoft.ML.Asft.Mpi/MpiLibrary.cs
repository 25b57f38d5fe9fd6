using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Asft.Mpi;

/// <summary>
/// Open MPI's shared library. What its header calls <c>MPI_COMM_WORLD</c> or <c>MPI_FLOAT</c> is the address of an object that
/// the library exports.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    public const int ThreadMultiple = 3;
    public const int AnySource = -1;

    private const int Now = 2;
    private const int Global = 0x100;
    private const int LongestError = 256;
    private const int LongestName = 256;

    private readonly nint _handle;

    /// <exception cref="DllNotFoundException">Open MPI is not installed.</exception>
    public MpiLibrary()
    {
        // Its plugins need its symbols to be global in the process.
        if (!OperatingSystem.IsLinux() || NativeMethods.OpenLibrary(NativeMethods.Library, Now | Global) == 0)
        {
            throw new DllNotFoundException(
                $"Open MPI's library, {NativeMethods.Library}, was not found. Install Open MPI 4 (Debian, Ubuntu: apt-get install openmpi-bin), "
                + "or add its folder to LD_LIBRARY_PATH, or train without several workers.");
        }

        _handle = NativeLibrary.Load(NativeMethods.Library);
    }

    public nint World => Export("ompi_mpi_comm_world");

    public nint Float => Export("ompi_mpi_float");

    public nint Double => Export("ompi_mpi_double");

    public nint Byte => Export("ompi_mpi_byte");

    public nint Sum => Export("ompi_mpi_op_sum");

    public nint ErrorsReturn => Export("ompi_mpi_errors_return");

    /// <summary>Gets the value that means: the result's buffer holds the operand (MPI_IN_PLACE).</summary>
    public static void* InPlace => (void*)1;

    /// <summary>The name of this machine.</summary>
    public static string ProcessorName()
    {
        byte* name = stackalloc byte[LongestName];
        Check(NativeMethods.MPI_Get_processor_name(name, out int length), "MPI_Get_processor_name");
        return Encoding.UTF8.GetString(name, length);
    }

    /// <exception cref="MpiException">The call did not succeed.</exception>
    public static void Check(int result, string call)
    {
        if (result != 0)
        {
            byte* text = stackalloc byte[LongestError];
            bool isKnown = NativeMethods.MPI_Error_string(result, text, out int length) == 0;
            throw new MpiException($"{call} failed: {(isKnown ? Encoding.UTF8.GetString(text, length) : $"error {result}")}");
        }
    }

    private nint Export(string name) => NativeLibrary.TryGetExport(_handle, name, out nint address) ? address : throw new DllNotFoundException(
        $"{NativeMethods.Library} has no '{name}': it is not Open MPI 4. Install Open MPI 4.");
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Asft.Native;

/// <summary>
/// A file in memory on Linux (<c>memfd_create</c>). It needs no writable folder, other users cannot change it, and it disappears with the process.
/// </summary>
internal sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;

    private readonly SafeFileHandle _handle;

    /// <param name="name">The name that /proc shows. It does not have to be unique.</param>
    /// <param name="content">The whole content.</param>
    /// <exception cref="IOException">The system could not create the file.</exception>
    public MemoryFile(string name, ReadOnlySpan<byte> content)
    {
        _handle = Create(name, CloseOnExec);
        if (_handle.IsInvalid)
        {
            throw new IOException($"memfd_create: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        RandomAccess.Write(_handle, content, fileOffset: 0);
        Path = $"/proc/self/fd/{_handle.DangerousGetHandle()}";
    }

    /// <summary>Gets the path of the file for this process. It is valid until the file is disposed.</summary>
    public string Path { get; }

    /// <summary>Closes the file. Existing memory mappings of it stay valid.</summary>
    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Create(string name, uint flags);
}

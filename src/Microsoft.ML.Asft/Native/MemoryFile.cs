using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Asft.Native;

/// <summary>A file of Linux that lies in memory alone (<c>memfd_create</c>): no folder has to be writable, no one else can change it, and nothing is left behind.</summary>
internal sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;

    private readonly SafeFileHandle _handle;

    /// <param name="name">Shown in /proc; need not be unique.</param>
    /// <param name="content">The whole content.</param>
    /// <exception cref="IOException">The system refused it.</exception>
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

    /// <summary>Gets the path by which this process can open it, until it is disposed.</summary>
    public string Path { get; }

    /// <summary>Closes it; what is mapped stays mapped.</summary>
    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Create(string name, uint flags);
}

using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Cli;

/// <summary>The first Ctrl-C (SIGINT) or SIGTERM cancels a token. The second ends the process as usual.</summary>
internal sealed class Interruption : IDisposable
{
    public const string Message = "stopping; press Ctrl-C again to stop immediately";

    private readonly CancellationTokenSource _source = new();
    private readonly TextWriter? _error;
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="error">Where to print the message; <see langword="null"/> if a progress display shows it.</param>
    public Interruption(TextWriter? error)
    {
        _error = error;
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(s => PosixSignalRegistration.Create(s, OnSignal))];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        _error?.WriteLine(Message);
        _source.Cancel();
    }
}

using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Hub.Tests;

/// <summary>A hub on this machine, a folder, and a client between them.</summary>
public abstract class HubFixture : IDisposable
{
    private long _received;

    internal LoopbackHub Hub { get; } = new();

    internal TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Hub.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected HubRequest Request() => new() { Repository = "owner/name", OutputFolder = Folder.Path };

    private protected HubClient Client(Action<HubClientOptions>? configure = null)
    {
        var options = new HubClientOptions
        {
            Endpoint = Hub.Endpoint,
            Token = null,
            Offline = false,
            MaxRetries = 4,
            Clock = new HubClock(() => Hub.IsSilentAfter(_received)),
        };
        configure?.Invoke(options);
        return new HubClient(options);
    }

    private protected async Task<HubSnapshot> DownloadAsync(Action<HubClientOptions>? configure = null, HubRequest? request = null)
    {
        using var client = Client(configure);
        return await client.DownloadAsync(request ?? Request(), new Listener(progress => _received = progress.Received));
    }

    protected string PathOf(string name) => Path.Combine(Folder.Path, name);

    protected byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    protected sealed class Listener(Action<HubProgress> listen) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => listen(value);
    }
}

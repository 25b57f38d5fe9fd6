using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Serving.Http;

namespace Microsoft.ML.Asft.Serving;

/// <summary>
/// An HTTP server for a model with OpenAI's API: <c>/v1/chat/completions</c>, <c>/v1/completions</c>, <c>/v1/models</c>, and
/// <c>/health</c> and <c>/metrics</c> for operators. Concurrent requests are completed together.
/// </summary>
/// <remarks>The server does not own the model: dispose the server first.</remarks>
public sealed class AsftServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ApiContext _api;

    private AsftServer(WebApplication app, ApiContext api)
    {
        (_app, _api) = (app, api);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    /// <summary>Gets the address that it listens on, with the actual port.</summary>
    public Uri Address { get; }

    /// <summary>Gets the model's name in requests.</summary>
    public string ModelName => _api.ModelName;

    /// <summary>Starts a server.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">The options of the server.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the address needs an API key.</exception>
    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<AsftServer> StartAsync(AsftTransformer model, AsftServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        OptionsValidator.CheckRanges(options);
        var address = Parse(options);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;   // bodies are read with a separate limit, whose error has the API's format
            kestrel.Listen(address, options.Port);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var app = builder.Build();
        var api = new ApiContext(model, options);
        try
        {
            AsftEndpoints.Map(app, api, app.Services.GetRequiredService<ILogger<AsftServer>>());
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new AsftServer(app, api);
        }
        catch
        {
            api.Dispose();
            api.Metrics.Dispose();
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops the server and ends active requests.</summary>
    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _api.Metrics.Dispose();     // the requests that were ended are counted too
    }

    private static IPAddress Parse(AsftServerOptions options)
    {
        var address = options.Host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(options.Host, out var parsed) ? parsed
            : throw new ArgumentException($"Host is '{options.Host}'; it must be an IP address or localhost.", nameof(options));
        return IPAddress.IsLoopback(address) || !string.IsNullOrWhiteSpace(options.ApiKey) ? address : throw new ArgumentException(
            $"Host is {options.Host}, which others can reach: set {nameof(AsftServerOptions.ApiKey)}, or listen on 127.0.0.1.", nameof(options));
    }
}

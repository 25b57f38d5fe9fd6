using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Serving.Tests;

/// <summary>A server of the small model, and a client of it.</summary>
public abstract class ServerFixture(TinyServed served) : IClassFixture<TinyServed>, IAsyncLifetime
{
    private protected TinyServed Served => served;

    private protected HttpClient Http { get; } = new();

    private AsftServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await AsftServer.StartAsync(
            Served.Model, new AsftServerOptions { Port = 0, Slots = 4, QueueLimit = 2, MaxBodyBytes = 20_000, MaxPromptTokens = 200, MaxCompletionTokens = 100_000 });
        Http.BaseAddress = _server.Address;
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
    }

    private protected async Task<(HttpStatusCode Status, JsonNode Json)> Post(string path, string body)
    {
        using var response = await Send(path, body);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    private protected Task<HttpResponseMessage> Send(string path, string body, CancellationToken cancellationToken = default) => Http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") },
        HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    private protected async Task<double> Metric(string name)
    {
        string text = await Http.GetStringAsync("/metrics");
        string line = text.Split('\n').Single(l => l.StartsWith($"{name} ", StringComparison.Ordinal));
        return double.Parse(line[(name.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private protected static async Task Until(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await isSo())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary><c>asft serve</c> among clients that hang up, send rubbish, too much, no UTF-8, unknown fields and wrong keys.</summary>
public sealed class SoakTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const string Key = "a-key-for-the-soak";
    private const int Clients = 8;
    private const double MemorySlack = 1.25;
    private const long MemoryFloor = 48L << 20;

    [Fact]
    public async Task Good_and_bad_clients_get_well_formed_answers_and_the_server_ends_well()
    {
        var clients = await ServeAsync((_, clients) => Task.WhenAll(clients.Select(client => client.RunOnceAsync())));
        Assert.All(SoakClient.Deeds, deed => Assert.Equal(Clients, clients.Sum(client => client.Done.GetValueOrDefault(deed))));
    }

    /// <summary>ASFT_SOAK_SECONDS says how long, as <c>eng/soak.sh server</c> does.</summary>
    [Fact]
    [Trait("Category", "soak")]
    public async Task The_server_stays_up_its_memory_flat_and_every_answer_well_formed()
    {
        double seconds = double.Parse(Environment.GetEnvironmentVariable("ASFT_SOAK_SECONDS") ?? "60", CultureInfo.InvariantCulture);
        long early = 0;
        long late = 0;
        var clients = await ServeAsync(async (server, clients) =>
        {
            var watch = Stopwatch.StartNew();
            using var over = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
            var running = Task.WhenAll(clients.Select(client => client.RunAsync(over.Token)));
            using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200)))
            {
                while (!running.IsCompleted && await timer.WaitForNextTickAsync())
                {
                    Assert.False(server.HasExited, "The server ended.");
                    server.Refresh();
                    (early, late) = watch.Elapsed.TotalSeconds < seconds / 3
                        ? (Math.Max(early, server.WorkingSet64), late)
                        : (early, Math.Max(late, server.WorkingSet64));
                }
            }

            await running;
        });
        int done = clients.Sum(client => client.Done.Values.Sum());
        string report = Environment.GetEnvironmentVariable("ASFT_SOAK_REPORT") ?? "";
        if (report.Length > 0)
        {
            var counts = SoakClient.Deeds.Select(deed => $"{deed}: {clients.Sum(client => client.Done.GetValueOrDefault(deed))}");
            await File.WriteAllTextAsync(report, $"{done} requests in {seconds:F0} s; memory {early >> 20} MB, then {late >> 20} MB\n{string.Join('\n', counts)}\n");
        }

        Assert.All(SoakClient.Deeds, deed => Assert.True(clients.Sum(client => client.Done.GetValueOrDefault(deed)) > 0, $"No client got to '{deed}'."));
        Assert.True(late < Math.Max(early * MemorySlack, early + MemoryFloor), $"Memory went from {early >> 20} to {late >> 20} MB.");
    }

    // Starts a server, has clients use it, and ends it once it is idle.
    private async Task<SoakClient[]> ServeAsync(Func<Process, SoakClient[], Task> use)
    {
        using var server = ToolProcess.StartLasting(
            "serve", "--json", "--model", tiny.Model, "--template", "chatml", "--port", "0", "--api-key", Key, "--model-name", "tiny",
            "--slots", "4", "--queue-limit", "4", "--max-body-bytes", "20000", "--max-prompt-tokens", "512", "--max-completion-tokens", "512");
        try
        {
            var error = server.StandardError.ReadToEndAsync();
            string? line = await server.StandardOutput.ReadLineAsync();
            Assert.True(line is not null, line is null ? await error : "");
            var address = new Uri(JsonDocument.Parse(line!).RootElement.GetProperty("address").GetString()!);
            var clients = Enumerable.Range(0, Clients).Select(i => new SoakClient(address, Key, seed: i)).ToArray();
            await use(server, clients);
            await SoakClient.WaitUntilIdleAsync(address, Key);
            Assert.False(server.HasExited, "The server ended.");
            Assert.Equal(0, ToolProcess.SendSignal(server.Id, ToolProcess.Terminate));
            await server.WaitForExitAsync();
            Assert.True(server.ExitCode == 0, await error);
            return clients;
        }
        finally
        {
            if (!server.HasExited)
            {
                server.Kill();
            }
        }
    }
}

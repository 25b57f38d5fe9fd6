using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>
/// <c>asft serve</c> among clients that hang up, send rubbish, too much, no UTF-8, unknown fields and wrong keys. A few seconds
/// here; <c>test/soak.sh</c> sets ASFT_SOAK_SECONDS to ten minutes.
/// </summary>
public sealed class SoakTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const string Key = "a-key-for-the-soak";
    private const double MemorySlack = 1.25;
    private const long MemoryFloor = 48L << 20;

    [Fact]
    public async Task The_server_stays_up_its_memory_flat_and_every_answer_well_formed()
    {
        double seconds = double.Parse(Environment.GetEnvironmentVariable("ASFT_SOAK_SECONDS") ?? "6", CultureInfo.InvariantCulture);
        using var server = ToolProcess.Start(
            "serve", "--json", "--model", tiny.Model, "--template", "chatml", "--port", "0", "--api-key", Key, "--model-name", "tiny",
            "--slots", "4", "--queue-limit", "4", "--max-body-bytes", "20000", "--max-prompt-tokens", "512", "--max-completion-tokens", "512");
        try
        {
            var error = server.StandardError.ReadToEndAsync();
            string? line = await server.StandardOutput.ReadLineAsync();
            Assert.True(line is not null, line is null ? await error : "");
            var address = new Uri(JsonDocument.Parse(line!).RootElement.GetProperty("address").GetString()!);

            var watch = Stopwatch.StartNew();
            using var over = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
            var clients = Enumerable.Range(0, 8).Select(i => new SoakClient(address, Key, seed: i)).ToArray();
            var running = Task.WhenAll(clients.Select(client => client.RunAsync(over.Token)));
            long early = 0;
            long late = 0;
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
            Assert.All(SoakClient.Deeds, deed => Assert.True(
                seconds < 30 || clients.Sum(client => client.Done.GetValueOrDefault(deed)) > 0, $"Nobody got to '{deed}'."));
            int done = clients.Sum(client => client.Done.Values.Sum());
            Assert.True(done > seconds, $"Only {done} requests in {seconds} s.");

            await SoakClient.WaitUntilIdleAsync(address, Key);
            Assert.True(
                late < Math.Max(early * MemorySlack, early + MemoryFloor), $"Memory went from {early >> 20} to {late >> 20} MB.");
            Assert.Equal(0, ToolProcess.SendSignal(server.Id, ToolProcess.Terminate));
            await server.WaitForExitAsync();
            Assert.True(server.ExitCode == 0, await error);
            string report = Environment.GetEnvironmentVariable("ASFT_SOAK_REPORT") ?? "";
            if (report.Length > 0)
            {
                var counts = SoakClient.Deeds.Select(deed => $"{deed}: {clients.Sum(client => client.Done.GetValueOrDefault(deed))}");
                await File.WriteAllTextAsync(report, $"{done} requests in {seconds:F0} s; memory {early >> 20} MB, then {late >> 20} MB\n{string.Join('\n', counts)}\n");
            }
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

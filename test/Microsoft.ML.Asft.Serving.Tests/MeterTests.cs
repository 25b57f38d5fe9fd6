using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Microsoft.ML.Asft.Serving.Tests;

/// <summary>The meter as a listener of the program that hosts the server sees it.</summary>
public sealed class MeterTests(TinyServed served) : IClassFixture<TinyServed>
{
    private const string ModelName = "the model that the meter is asked about";

    [Fact]
    public async Task A_listener_gets_what_metrics_counts_with_the_attributes_of_OpenTelemetry()
    {
        var measured = new List<(string Name, string? Unit, double Value, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == "Microsoft.ML.Asft.Serving")
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Add(i, value, tags));
        listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Add(i, value, tags));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Add(i, value, tags));
        listener.Start();

        string metrics;
        JsonElement usage;
        await using (var server = await AsftServer.StartAsync(served.Model, new AsftServerOptions { Port = 0, ModelName = ModelName }))
        {
            // A request on the same connection is answered when the one before is done with, so counted.
            using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = server.Address };
            var answer = await http.PostAsJsonAsync("/v1/completions", new { prompt = "a b c", max_tokens = 3 });
            usage = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("usage");
            await http.GetAsync("/nowhere");
            metrics = await http.GetStringAsync("/metrics");
            listener.RecordObservableInstruments();
        }

        Assert.Equal(usage.GetProperty("prompt_tokens").GetDouble(), Of("asft.server.tokens").Single(m => Equals(m.Tags["gen_ai.token.type"], "input")).Value);
        Assert.Equal(usage.GetProperty("completion_tokens").GetDouble(), Of("asft.server.tokens").Single(m => Equals(m.Tags["gen_ai.token.type"], "output")).Value);
        Assert.Equal(0, Of("asft.server.requests.waiting").Single().Value);
        Assert.Equal(0, Of("asft.server.completions.running").Single().Value);
        Assert.True(Of("asft.server.decode_steps").Single().Value >= 1);
        Assert.Contains(Of("asft.server.requests"), m => m.Value == 1 && Equals(m.Tags["http.route"], "/v1/completions") && Equals(m.Tags["http.response.status_code"], 200));
        Assert.Contains(Of("asft.server.requests"), m => m.Value == 1 && Equals(m.Tags["http.route"], "other") && Equals(m.Tags["http.response.status_code"], 404));
        foreach (var (name, exported) in new[]
        {
            ("gen_ai.server.time_to_first_token", "asft_time_to_first_token_seconds"), ("gen_ai.server.request.duration", "asft_completion_seconds"),
        })
        {
            var time = Of(name).Single();
            Assert.Equal(("s", (object)"text_completion"), (time.Unit, time.Tags["gen_ai.operation.name"]));
            string sum = metrics.Split('\n').Single(line => line.StartsWith($"{exported}_sum ", StringComparison.Ordinal)).Split(' ')[1];
            Assert.Equal(double.Parse(sum, System.Globalization.CultureInfo.InvariantCulture), time.Value, 1e-9);
        }

        IEnumerable<(string Name, string? Unit, double Value, Dictionary<string, object?> Tags)> Of(string name)
        {
            lock (measured)
            {
                return [.. measured.Where(m => m.Name == name)];
            }
        }

        // Servers of other tests have other names.
        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var attributes = new Dictionary<string, object?>(tags.ToArray());
            if (Equals(attributes["gen_ai.response.model"], ModelName))
            {
                lock (measured)
                {
                    measured.Add((instrument.Name, instrument.Unit, value, attributes));
                }
            }
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Serving.Tests.Soak;

/// <summary>
/// Spoiled inputs for everything that reads what others wrote: no crash, no hang, no memory on the word of a file, and errors that name
/// their place.
/// </summary>
public sealed class ReaderSoakTests(TinyServed served) : IClassFixture<TinyServed>
{
    private const long MostMemory = 64_000_000;
    private const int MostTimesTheInput = 10;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(2);

    [Fact]
    public Task Whatever_stands_in_a_file_or_a_request_reading_it_succeeds_or_says_what_is_wrong_and_where() =>
        ReadAsync(count: 3000, first: 0, only: null, isTimed: false);

    /// <summary>The variables say how many, from which on and which reader, as <c>eng/soak.sh readers</c> does.</summary>
    [Fact]
    [Trait("Category", "soak")]
    public Task Many_more_of_them_are_read_in_a_second_each() => ReadAsync(
        int.Parse(Environment.GetEnvironmentVariable("ASFT_SOAK_MUTATIONS") ?? "30000", CultureInfo.InvariantCulture),
        int.Parse(Environment.GetEnvironmentVariable("ASFT_SOAK_SEED") ?? "0", CultureInfo.InvariantCulture),
        Environment.GetEnvironmentVariable("ASFT_SOAK_READER"), isTimed: true);

    private async Task ReadAsync(int count, int first, string? only, bool isTimed)
    {
        await using var server = await AsftServer.StartAsync(
            served.Model, new AsftServerOptions { Port = 0, ModelName = "model", MaxCompletionTokens = 16, MaxPromptTokens = 200 });
        using var readers = new Readers(server.Address, served.Model.Options.ModelPath!);
        var chosen = readers.All.Where(reader => only is null || reader.Name == only).ToArray();
        Assert.NotEmpty(chosen);
        double shares = chosen.Sum(reader => reader.Share);
        var reports = new List<ReaderReport>();
        foreach (var reader in chosen)
        {
            reports.Add(Run(reader, first, (int)Math.Ceiling(count * reader.Share / shares), isTimed));
            WriteReport(reports);   // a run that is ended early leaves what it has
        }

        string report = ReaderReport.TableOf(reports);
        string[] failures = [.. reports.SelectMany(r => r.Failures.Values)];
        Assert.True(failures.Length == 0, string.Join("\n\n", failures.Prepend(report)));
        Assert.All(reports, r => Assert.True(r.PastFirstCheck * 2 >= r.Count, $"{report}\nMost mutations end at the first check: {r}"));
        // Some readers accept one mutation in a hundred: a few hundred do not tell.
        Assert.All(reports, r => Assert.True(r.Count < 1000 || (r.Accepted > 0 && r.Accepted < r.Count), $"{report}\nAll mutations end alike: {r}"));
    }

    private static void WriteReport(IReadOnlyList<ReaderReport> reports)
    {
        if (Environment.GetEnvironmentVariable("ASFT_SOAK_REPORT") is { Length: > 0 } path)
        {
            File.WriteAllText(path, $"{ReaderReport.TableOf(reports)}\n{string.Join("\n\n", reports.SelectMany(r => r.Failures.Values))}\n");
        }
    }

    private static ReaderReport Run(Reader reader, int first, int count, bool isTimed)
    {
        var report = new ReaderReport(reader.Name);
        foreach (byte[] seed in reader.Seeds)
        {
            var error = Record.Exception(() => reader.Read(seed));
            Assert.True(error is null, $"{reader.Name} does not read its own seed: {error}");
        }

        for (int i = first; i < first + count && !report.IsFull; i++)
        {
            byte[] input = reader.Mutate(new Random(i), reader.Seeds[i % reader.Seeds.Count]);
            Try(reader, input, report, isTimed);
        }

        return report;
    }

    private static void Try(Reader reader, byte[] input, ReaderReport report, bool isTimed)
    {
        Exception? error = null;
        var clock = Stopwatch.StartNew();
        long before = GC.GetTotalAllocatedBytes();
        var reading = Task.Run(() =>
        {
            try
            {
                reader.Read(input);
            }
            catch (Exception e)
            {
                error = e;
            }
        });
        if (!reading.Wait(Hang))
        {
            throw new TimeoutException($"{reader.Name} hangs on\n{Convert.ToBase64String(input)}");
        }

        var time = clock.Elapsed;
        long memory = GC.GetTotalAllocatedBytes() - before;
        report.Add(reader.PassesFirstCheck(input), error is null, time, memory);
        if (error is not null && error is not (InvalidDataException or NotSupportedException or FileNotFoundException))
        {
            report.Fail(error.GetType().Name, $"{error}", input);
        }
        else if (error is not null && !reader.Places.Any(place => error.Message.Contains(place, StringComparison.Ordinal)))
        {
            report.Fail("place", $"names no place: {error.Message}", input);
        }

        if (memory > MostMemory + ((long)MostTimesTheInput * input.Length))
        {
            report.Fail("memory", $"takes {memory} bytes of memory", input);
        }

        // A machine that is busy with others is slow once, not twice.
        if (isTimed && time > Longest && TimeAgain(reader, input) is var again && again > Longest)
        {
            report.Fail("time", $"takes {again.TotalSeconds:F1} s", input);
        }
    }

    private static TimeSpan TimeAgain(Reader reader, byte[] input)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            reader.Read(input);
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException or FileNotFoundException)
        {
        }

        return clock.Elapsed;
    }
}

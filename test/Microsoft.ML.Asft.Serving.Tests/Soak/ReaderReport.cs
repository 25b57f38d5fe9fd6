using System.Globalization;

namespace Microsoft.ML.Asft.Serving.Tests.Soak;

/// <summary>What became of a reader's mutations.</summary>
internal sealed class ReaderReport(string name)
{
    private const int Kept = 5;

    public int Count { get; private set; }

    public int PastFirstCheck { get; private set; }

    public int Accepted { get; private set; }

    public TimeSpan Slowest { get; private set; }

    public long MostMemory { get; private set; }

    /// <summary>Gets what a reader must not do, with the input in Base64; the first of each kind.</summary>
    public Dictionary<string, string> Failures { get; } = [];

    public bool IsFull => Failures.Count >= Kept;

    public void Add(bool passed, bool accepted, TimeSpan time, long memory)
    {
        Count++;
        PastFirstCheck += passed ? 1 : 0;
        Accepted += accepted ? 1 : 0;
        Slowest = time > Slowest ? time : Slowest;
        MostMemory = Math.Max(MostMemory, memory);
    }

    public void Fail(string kind, string what, byte[] input)
    {
        if (Failures.Count < Kept)
        {
            Failures.TryAdd(kind, $"{name}: {what}\n{Convert.ToBase64String(input)}");
        }
    }

    /// <summary>The reports as a table, with their sum.</summary>
    public static string TableOf(IReadOnlyList<ReaderReport> reports) =>
        "| reader | mutations | past the first check | accepted | slowest | most memory | failures |\n|---|---|---|---|---|---|---|\n"
        + $"{string.Join('\n', reports)}\n"
        + string.Create(CultureInfo.InvariantCulture, $"| all | {reports.Sum(r => r.Count):N0} | {reports.Sum(r => r.PastFirstCheck):N0} | {reports.Sum(r => r.Accepted):N0} | | | {reports.Sum(r => r.Failures.Count)} |\n");

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {Count:N0} | {PastFirstCheck:N0} | {Accepted:N0} | {Slowest.TotalMilliseconds:N0} ms | {MostMemory / 1e6:N1} MB | {Failures.Count} |");
}

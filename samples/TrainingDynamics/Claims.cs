using System.Globalization;
using Microsoft.ML.Asft.Options;

namespace TrainingDynamics;

/// <summary>A claim of the paper and the result here.</summary>
/// <param name="Text">The claim.</param>
/// <param name="Evidence">The figures.</param>
/// <param name="Verdict">Whether it holds.</param>
internal sealed record Claim(string Text, string Evidence, Verdict Verdict);

/// <summary>Compares claims with the results of one regime: means over seeds, differences within the seeds that both sides have.</summary>
internal static class Claims
{
    public static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "holds",
        Verdict.Not => "does not hold",
        _ => "not shown either way",
    };

    /// <summary>The claims about objectives.</summary>
    public static IReadOnlyList<Claim> Of(IReadOnlyList<SettingResult> main)
    {
        SettingResult sft = Find(main, AsftObjective.Sft), dft = Find(main, AsftObjective.Dft), asft = Find(main, AsftObjective.Asft);
        SettingResult[] others = [.. main.Where(result => result != asft && result.Setting.WarmStartSteps == 0)];
        return
        [
            Larger("DFT drifts further from the base than SFT", dft, sft, m => m.Kl, percent: false),
            Larger("ASFT stays nearer to the base than DFT", dft, asft, m => m.Kl, percent: false),
            Larger("ASFT stays nearer to the base than SFT", sft, asft, m => m.Kl, percent: false),
            .. others.SelectMany(other => new[]
            {
                Larger($"ASFT learns the new skill better than {other.Setting.ObjectiveName}, greedily", asft, other, m => m.NewSkill, percent: true),
                Larger($"ASFT learns the new skill better than {other.Setting.ObjectiveName}, at T = 1", asft, other, m => m.NewSkillSampled, percent: true),
                Larger($"ASFT keeps more of the old skills than {other.Setting.ObjectiveName}", asft, other, m => m.OldSkills, percent: true),
            }),
        ];
    }

    /// <summary>How large the effects are. These bounds are this project's own, set before the runs.</summary>
    public static IReadOnlyList<Claim> OfSizes(Measurement before, IReadOnlyList<SettingResult> main)
    {
        SettingResult sft = Find(main, AsftObjective.Sft), asft = Find(main, AsftObjective.Asft);
        SettingResult warm = main.Single(result => result.Setting.WarmStartSteps > 0);
        var gain = PairedSeeds.Of(asft.Final(m => m.NewSkill), sft.Final(m => m.NewSkill));
        return
        [
            new("ASFT is 10 points or more better than SFT on the new skill, greedily", $"{gain.Show(percent: true)} over {asft.Seeds.Count} seeds", gain.Mean < 0.1 ? Verdict.Not : gain.Verdict),
            AtLeast("ASFT keeps 90 % of the base's old skills", asft, asft, (m, _) => m.OldSkills - (0.9 * before.OldSkills), percent: true),
            AtLeast("ASFT's drift is a third of SFT's at most", asft, sft, (m, other) => (other.Kl / 3) - m.Kl, percent: false),
            AtLeast("ASFT with warm start learns 90 % of what SFT learns", warm, sft,
                (m, other) => m.NewSkill - before.NewSkill - (0.9 * (other.NewSkill - before.NewSkill)), percent: true),
            AtLeast("ASFT with warm start loses half of what SFT loses of the old skills, or less", warm, sft,
                (m, other) => ((before.OldSkills - other.OldSkills) / 2) - (before.OldSkills - m.OldSkills), percent: true),
        ];
    }

    public static IReadOnlyList<Claim> OfDirections(IReadOnlyList<SettingResult> directions)
    {
        var forward = directions.Single(r => r.Setting.Direction == KlDirection.Forward);
        var reverse = directions.Single(r => r.Setting.Direction == KlDirection.Reverse);
        return
        [
            Larger("Forward KL learns the new skill better than reverse KL, greedily", forward, reverse, m => m.NewSkill, percent: true),
            Larger("Forward KL learns the new skill better than reverse KL, at T = 1", forward, reverse, m => m.NewSkillSampled,
                percent: true),
            Larger("Forward KL keeps more of the old skills than reverse KL", forward, reverse, m => m.OldSkills, percent: true),
        ];
    }

    public static Claim OfWeights(IReadOnlyList<SettingResult> weights)
    {
        const string Text = "λ from 0.05 to 0.1 is best for the new skill";
        string means = string.Join(", ", weights.Select(r => string.Create(
            CultureInfo.InvariantCulture, $"λ = {r.Setting.KlWeight}: {100 * r.Final(m => m.NewSkill).Average():0.0} %")));
        var inRange = weights.Where(IsInRange).MaxBy(r => r.Final(m => m.NewSkill).Average());
        if (inRange is null || weights.All(IsInRange))
        {
            return new Claim(Text, means, Verdict.Open);
        }

        var differences = weights.Where(r => !IsInRange(r)).Select(r => (
            r.Setting.KlWeight, Value: PairedSeeds.Of(inRange.Final(m => m.NewSkill), r.Final(m => m.NewSkill)))).ToList();
        string compared = string.Join(", ", differences.Select(d => string.Create(
            CultureInfo.InvariantCulture, $"λ = {inRange.Setting.KlWeight} less λ = {d.KlWeight}: {d.Value.Show(percent: true)}")));
        return new Claim(
            Text,
            $"{means}; {compared}",
            differences.Any(d => d.Value.Verdict == Verdict.Not) ? Verdict.Not
            : differences.All(d => d.Value.Verdict == Verdict.Holds) ? Verdict.Holds
            : Verdict.Open);
    }

    private static bool IsInRange(SettingResult result) => result.Setting.KlWeight is >= 0.05 and <= 0.1;

    private static SettingResult Find(IReadOnlyList<SettingResult> results, AsftObjective objective) =>
        results.Single(result => result.Setting.Objective == objective && result.Setting.WarmStartSteps == 0);

    // A claim that a margin is not negative.
    private static Claim AtLeast(string text, SettingResult one, SettingResult other, Func<Measurement, Measurement, double> margin, bool percent)
    {
        double[] margins = [.. one.Seeds.Zip(other.Seeds, (a, b) => margin(a[^1], b[^1]))];
        var difference = PairedSeeds.Of(margins, new double[margins.Length]);
        return new(text, $"margin {difference.Show(percent)} over {margins.Length} seeds", difference.Verdict);
    }

    private static Claim Larger(string text, SettingResult larger, SettingResult smaller, Func<Measurement, double> value, bool percent)
    {
        int seeds = Math.Min(larger.Seeds.Count, smaller.Seeds.Count);
        double[] first = larger.Final(value)[..seeds];
        double[] second = smaller.Final(value)[..seeds];
        var difference = PairedSeeds.Of(first, second);
        string Show(double mean) => percent
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * mean:0.0} %")
            : string.Create(CultureInfo.InvariantCulture, $"{mean:0.000}");
        return new Claim(
            text, $"{Show(first.Average())} against {Show(second.Average())}; difference {difference.Show(percent)} over {seeds} seeds", difference.Verdict);
    }
}

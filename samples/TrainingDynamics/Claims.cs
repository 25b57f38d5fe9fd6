using System.Globalization;
using Microsoft.ML.Asft.Options;

namespace TrainingDynamics;

/// <summary>A claim of the paper and the result here.</summary>
/// <param name="Text">The claim.</param>
/// <param name="Evidence">The figures.</param>
/// <param name="Verdict">Whether it holds.</param>
internal sealed record Claim(string Text, string Evidence, Verdict Verdict);

/// <summary>Compares the paper's claims with the results: means over seeds, differences within seeds.</summary>
internal static class Claims
{
    public static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "holds",
        Verdict.Not => "does not hold",
        _ => "not shown either way",
    };

    public static IReadOnlyList<Claim> Of(IReadOnlyList<SettingResult> main)
    {
        SettingResult sft = Find(AsftObjective.Sft), dft = Find(AsftObjective.Dft), anchored = Find(AsftObjective.SftKl),
            asft = Find(AsftObjective.Asft);
        return
        [
            Larger("DFT drifts further from the base than SFT", dft, sft, m => m.Kl, percent: false),
            Larger("ASFT stays nearer to the base than DFT", dft, asft, m => m.Kl, percent: false),
            Larger("ASFT stays nearer to the base than SFT", sft, asft, m => m.Kl, percent: false),
            .. Better("SFT", sft), .. Better("DFT", dft), .. Better("SFT with an anchor", anchored),
            Larger("ASFT keeps more of the old skills than SFT", asft, sft, m => m.OldSkills, percent: true),
            Larger("ASFT keeps more of the old skills than DFT", asft, dft, m => m.OldSkills, percent: true),
        ];

        SettingResult Find(AsftObjective objective) => main.Single(result => result.Setting.Objective == objective);

        IEnumerable<Claim> Better(string name, SettingResult other) =>
        [
            Larger($"ASFT learns the new skill better than {name}, greedily", asft, other, m => m.NewSkill, percent: true),
            Larger($"ASFT learns the new skill better than {name}, at T = 1", asft, other, m => m.NewSkillSampled, percent: true),
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
        var best = weights.MaxBy(r => r.Final(m => m.NewSkill).Average())!;
        var inRange = weights.Where(r => r.Setting.KlWeight is >= 0.05 and <= 0.1).MaxBy(r => r.Final(m => m.NewSkill).Average());
        string means = string.Join(", ", weights.Select(r => string.Create(
            CultureInfo.InvariantCulture, $"λ = {r.Setting.KlWeight}: {100 * r.Final(m => m.NewSkill).Average():0.0} %")));
        const string Text = "λ from 0.05 to 0.1 is best for the new skill";
        if (inRange is null || best == inRange)
        {
            return new Claim(Text, means, inRange is null ? Verdict.Open : Verdict.Holds);
        }

        var difference = PairedSeeds.Of(inRange.Final(m => m.NewSkill), best.Final(m => m.NewSkill));
        return new Claim(
            Text, $"{means}; the best from 0.05 to 0.1 beside the best of all: {difference.Show(percent: true)}", difference.Verdict);
    }

    private static Claim Larger(string text, SettingResult larger, SettingResult smaller, Func<Measurement, double> value, bool percent)
    {
        double[] first = larger.Final(value);
        double[] second = smaller.Final(value);
        var difference = PairedSeeds.Of(first, second);
        string Show(double mean) => percent
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * mean:0.0} %")
            : string.Create(CultureInfo.InvariantCulture, $"{mean:0.000}");
        return new Claim(
            text,
            $"{Show(first.Average())} ({larger.Setting.FullName}) against {Show(second.Average())} ({smaller.Setting.FullName}); difference {difference.Show(percent)}",
            difference.Verdict);
    }
}

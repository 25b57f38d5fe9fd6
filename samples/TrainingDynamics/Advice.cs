namespace TrainingDynamics;

/// <summary>Which setting to take for a goal, by the results of one regime.</summary>
/// <param name="Goal">What one wants most.</param>
/// <param name="Best">The setting with the best mean, or <see langword="null"/> if none reaches the goal.</param>
/// <param name="Rivals">The settings that also reach the goal, and that the seeds do not tell apart from the best one.</param>
internal sealed record Advice(string Goal, SettingResult? Best, IReadOnlyList<SettingResult> Rivals)
{
    // A model that is not trained at all keeps the old skills best and does not drift. So the goals about these ask for most of the new skill too.
    private const double Enough = 0.9;

    public static IReadOnlyList<Advice> Of(Measurement before, IReadOnlyList<SettingResult> results)
    {
        double Gain(SettingResult result) => result.Final(m => m.NewSkill).Average() - before.NewSkill;
        double largest = results.Max(Gain);
        SettingResult[] learning = [.. results.Where(r => Gain(r) >= Enough * largest)];
        SettingResult[] keeping = [.. learning.Where(r => r.Final(m => m.OldSkills).Average() >= Enough * before.OldSkills)];
        return
        [
            For("the new skill, greedily, whatever it costs", results, m => m.NewSkill),
            For("the new skill, sampled at T = 1, whatever it costs", results, m => m.NewSkillSampled),
            For("the old skills, with 90 % of the largest gain in the new skill", learning, m => m.OldSkills),
            For("little drift from the base, with 90 % of the largest gain in the new skill", learning, m => -m.Kl),
            For("both: 90 % of the largest gain in the new skill, and 90 % of the base's old skills", keeping, m => m.NewSkill),
        ];
    }

    private static Advice For(string goal, IReadOnlyList<SettingResult> results, Func<Measurement, double> value)
    {
        var best = results.MaxBy(r => r.Final(value).Average());
        return new(goal, best, best is null ? [] :
            [.. results.Where(r => r != best && PairedSeeds.Of(best.Final(value), r.Final(value)).Verdict == Verdict.Open)]);
    }
}

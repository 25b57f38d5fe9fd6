namespace TrainingDynamics;

/// <summary>Which setting to take for a goal, by the results of one regime.</summary>
/// <param name="Goal">What one wants most.</param>
/// <param name="Best">The setting with the best mean.</param>
/// <param name="Rivals">The settings that the seeds do not tell apart from it.</param>
internal sealed record Advice(string Goal, SettingResult Best, IReadOnlyList<SettingResult> Rivals)
{
    // What an objective must keep of the base's old skills to be taken where they matter.
    private const double Kept = 0.9;

    public static IReadOnlyList<Advice> Of(Measurement before, IReadOnlyList<SettingResult> results)
    {
        SettingResult[] keeping = [.. results.Where(r => r.Final(m => m.OldSkills).Average() >= Kept * before.OldSkills)];
        return
        [
            For("the new skill, greedily, whatever it costs", results, m => m.NewSkill),
            For("the new skill, sampled at T = 1, whatever it costs", results, m => m.NewSkillSampled),
            .. keeping.Length == 0 ? Array.Empty<Advice>() :
                [For("the new skill, greedily, and at least 90 % of the base's old skills", keeping, m => m.NewSkill)],
            For("the old skills", results, m => m.OldSkills),
            For("little drift from the base", results, m => -m.Kl),
        ];
    }

    private static Advice For(string goal, IReadOnlyList<SettingResult> results, Func<Measurement, double> value)
    {
        var best = results.MaxBy(r => r.Final(value).Average())!;
        return new(goal, best, [.. results.Where(r => r != best && PairedSeeds.Of(best.Final(value), r.Final(value)).Verdict == Verdict.Open)]);
    }
}

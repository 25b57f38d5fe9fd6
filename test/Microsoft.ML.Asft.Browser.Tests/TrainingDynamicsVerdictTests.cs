using Microsoft.ML.Asft.Options;
using TrainingDynamics;

namespace Microsoft.ML.Asft.Browser.Tests;

/// <summary>The advice and the verdicts that the sample's page prints. They are here because this project compiles the page.</summary>
public sealed class TrainingDynamicsVerdictTests
{
    private static readonly Measurement Before = Measured(newSkill: 0, oldSkills: 0.8, kl: 0);

    [Fact]
    public void A_setting_that_learns_nothing_is_not_advised_for_keeping_old_skills()
    {
        var idle = Result(AsftObjective.Asft, 0.05, Measured(0, 0.8, 0), Measured(0.02, 0.78, 0));
        var learning = Result(AsftObjective.SftKl, 0.05, Measured(0.95, 0.6, 0.2), Measured(0.93, 0.58, 0.2));
        var forgetting = Result(AsftObjective.Sft, 0, Measured(1, 0.1, 0.9), Measured(0.98, 0.2, 0.9));

        var advice = Advice.Of(Before, [idle, learning, forgetting]);

        Assert.Same(forgetting, advice[0].Best);
        Assert.Same(learning, Goal(advice, "the old skills").Best);
        Assert.Same(learning, Goal(advice, "little drift").Best);
        Assert.Null(Goal(advice, "both").Best);
    }

    [Theory]
    [InlineData(0.6, 0.61, 0.7, Verdict.Holds)]
    [InlineData(0.6, 0.71, 0.7, Verdict.Open)]      // one seed is above and one is below
    [InlineData(0.8, 0.81, 0.7, Verdict.Not)]
    public void A_weight_is_best_only_where_every_other_is_told_apart_from_it(double first, double second, double best, object verdict)
    {
        SettingResult[] weights =
        [
            Result(AsftObjective.Asft, 0.01, Measured(0.1, 0, 0), Measured(0.11, 0, 0)),
            Result(AsftObjective.Asft, 0.05, Measured(best, 0, 0), Measured(best + 0.01, 0, 0)),
            Result(AsftObjective.Asft, 0.2, Measured(first, 0, 0), Measured(second, 0, 0)),
        ];

        Assert.Equal((Verdict)verdict, Claims.OfWeights(weights).Verdict);
    }

    private static Advice Goal(IReadOnlyList<Advice> advice, string start) =>
        advice.Single(a => a.Goal.StartsWith(start, StringComparison.Ordinal));

    private static SettingResult Result(AsftObjective objective, double klWeight, params Measurement[] seeds) =>
        new(Setting.Of(objective, klWeight), [.. seeds.Select(seed => (IReadOnlyList<Measurement>)[seed])]);

    private static Measurement Measured(double newSkill, double oldSkills, double kl) => new(1, kl, kl, newSkill, oldSkills, newSkill, oldSkills);
}

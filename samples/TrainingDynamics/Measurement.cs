using System.Globalization;

namespace TrainingDynamics;

/// <summary>A model at a step of its fine-tuning.</summary>
/// <param name="Step">The optimizer steps so far.</param>
/// <param name="Kl">KL(base‖model) on the answers to old questions, nats a token.</param>
/// <param name="NewKl">KL(base‖model) on the answers of the new skill, nats a token.</param>
/// <param name="NewSkill">The share of right answers to held-out questions of the new skill, greedily.</param>
/// <param name="OldSkills">The share of right answers to questions of the old skills, greedily.</param>
/// <param name="NewSkillSampled">The new skill's share at T = 1.</param>
/// <param name="OldSkillsSampled">The old skills' share at T = 1.</param>
internal sealed record Measurement(
    int Step, double Kl, double NewKl, double NewSkill, double OldSkills, double NewSkillSampled, double OldSkillsSampled)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"KL {Kl:F3}, new skill {NewSkill:P1} (T = 1: {NewSkillSampled:P1}), old skills {OldSkills:P1} (T = 1: {OldSkillsSampled:P1})");
}

using Microsoft.ML;
using Microsoft.ML.Asft;
using Microsoft.ML.Data;

namespace Quickstart;

/// <summary>What a model can do, and how far it is from the base model.</summary>
/// <param name="NewSkill">The share of new questions whose completion equals the response exactly.</param>
/// <param name="OldSkills">The same of old questions.</param>
/// <param name="NewKl">KL(base‖model) on the answers to new questions, nats a token.</param>
/// <param name="OldKl">KL(base‖model) on the answers to old questions, nats a token.</param>
internal sealed record Measured(double NewSkill, double OldSkills, double NewKl, double OldKl)
{
    public static Measured Of(AsftTransformer model, IDataView newSkill, IDataView oldSkills) => new(
        ExactMatch(model, newSkill), ExactMatch(model, oldSkills), model.Evaluate(newSkill).Kl, model.Evaluate(oldSkills).Kl);

    private static double ExactMatch(ITransformer model, IDataView data)
    {
        IDataView completed = model.Transform(data);
        var pairs = completed.GetColumn<string>("completion").Zip(completed.GetColumn<string>("response"));
        return pairs.Average(pair => pair.First.Trim() == pair.Second.Trim() ? 1.0 : 0.0);
    }
}

using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using static System.FormattableString;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>Recommends how to train, from how well the model predicts the labels.</summary>
internal static class Advisor
{
    // A p-weighted loss hardly learns labels with p < 0.01. If half of SFT's gradient comes from them, it leaves half of the work undone.
    private const double Surprising = 0.5;
    private const double Known = 0.02;              // nats a token
    private const double LeastAccuracy = 0.15;
    private const double PaperKlWeight = 0.05;      // arXiv 2509.23753

    /// <summary>Recommends how to train.</summary>
    /// <param name="tokens">How well the model predicts the labels.</param>
    /// <param name="loaded">The model.</param>
    /// <param name="isFull">Whether every parameter is to be trained.</param>
    /// <param name="steps">The optimizer steps of the run.</param>
    public static TrainingRecommendation Recommend(TokenFacts tokens, LoadedModel loaded, bool isFull, int steps)
    {
        var knowledge = KnowledgeOf(tokens, loaded.Model.HeadWeight.shape[0]);
        bool isWarm = knowledge == ModelKnowledge.Surprising;
        return new TrainingRecommendation
        {
            Knowledge = knowledge,
            Objective = knowledge == ModelKnowledge.Unknown ? AsftObjective.Sft : AsftObjective.Asft,
            KlWeight = knowledge == ModelKnowledge.Unknown ? 0 : PaperKlWeight,
            LearningRate = LearningRateOf(loaded.Model.ParameterCount(), isFull),
            WarmStartSteps = isWarm ? Math.Max(1, steps / 2) : 0,
            Reason = Reason(knowledge, tokens),
        };
    }

    private static ModelKnowledge KnowledgeOf(TokenFacts tokens, long vocabulary) =>
        tokens.CrossEntropy > Math.Log(vocabulary) || (tokens.CrossEntropy > tokens.UnigramEntropy && tokens.Accuracy < LeastAccuracy) ? ModelKnowledge.Unknown
        : tokens.SurpriseShare >= Surprising && tokens.CrossEntropy > Known ? ModelKnowledge.Surprising
        : tokens.CrossEntropy <= Known ? ModelKnowledge.Known
        : ModelKnowledge.PartlyKnown;

    private static string Reason(ModelKnowledge knowledge, TokenFacts tokens)
    {
        string surprise = Percent(tokens.SurpriseShare);
        return knowledge switch
        {
            ModelKnowledge.Known => Invariant(
                $"The model says nearly all of this already: cross-entropy {tokens.CrossEntropy:0.000} nats a token. There is little to learn; the anchor keeps it from forgetting the rest."),
            ModelKnowledge.PartlyKnown => Invariant(
                $"The model finds most labels possible: only {surprise} of SFT's gradient comes from labels with p below 0.01, without the flagged rows. Weighting by p loses little of what is right there and hardly learns labels that are wrong, and the anchor keeps old skills."),
            ModelKnowledge.Surprising => Invariant(
                $"{surprise} of SFT's gradient comes from labels with p below 0.01, where a loss weighted by p has next to none: ASFT alone would learn little of this. A warm start begins as SFT does and hands over to ASFT; plain SFT learns the most and forgets the most."),
            _ => Invariant(
                $"The model knows nothing of this data: cross-entropy {tokens.CrossEntropy:0.00} nats a token, where the frequencies of the tokens alone need {tokens.UnigramEntropy:0.00}, and {Percent(tokens.Accuracy)} of the labels are its likeliest token. No objective makes up for that. Choose a base model that has seen such text; with this one only SFT learns anything, and mostly the form. The doubtful rows below say nothing here."),
        };
    }

    // What LoRA usually trains with: 5e-4 is the default of AsftOptions, 2e-4 is QLoRA's for 7 and 13 billion parameters (arXiv 2305.14314).
    private static double LearningRateOf(long parameters, bool isFull) => (parameters, isFull) switch
    {
        ( < 50_000_000, false) => 1e-3,
        ( < 1_000_000_000, false) => 5e-4,
        (_, false) => 2e-4,
        ( < 50_000_000, true) => 2e-4,
        ( < 1_000_000_000, true) => 2e-5,
        (_, true) => 1e-5,
    };

    private static string Percent(double share) => Invariant($"{100 * share:0} %");
}

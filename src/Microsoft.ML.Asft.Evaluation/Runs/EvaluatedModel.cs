using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Scoring;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Tokenizers;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>A model with a template, and the operations that evaluations need.</summary>
internal sealed class EvaluatedModel(AsftTransformer model, PromptTemplate template) : IDisposable
{
    private readonly ExampleEncoder _encoder = ExampleEncoder.For(model, template);
    private readonly ModelScorer _scorer = new(model);

    /// <summary>Takes the model's own template for <c>auto</c>, otherwise the named one; <c>auto:NAME</c> is a named one of the model's folder.</summary>
    public static EvaluatedModel Of(AsftTransformer model, string template) =>
        new(model, template == "auto" ? model.Template : PromptTemplate.Create(template, model.Options.ModelPath));

    public Tokenizer Tokenizer => model.Tokenizer;

    public int VocabularySize => _scorer.VocabularySize;

    public void Dispose() => _scorer.Dispose();

    /// <summary>The log-probability of every token after each prompt: float32 (B, V).</summary>
    public Tensor NextTokenLogProbabilities(IEnumerable<string> prompts) =>
        _scorer.NextTokenLogProbabilities([.. prompts.Select(EncodePrompt)]);

    /// <summary>The log-probability of each continuation of a prompt: the sum over its tokens.</summary>
    public IReadOnlyList<double> LogProbabilities(string prompt, IEnumerable<string> continuations)
    {
        var examples = continuations.Select(continuation =>
            new ExampleEncoder(Tokenizer, new ContinuedTemplate(template, continuation), endOfSequenceId: null)
                .Encode([new PromptMessage("user", prompt)])).ToArray();
        return [.. _scorer.Score(examples).Select(score => score.LogProbabilities.Sum(x => (double)x))];
    }

    /// <summary>Completes each prompt.</summary>
    public IReadOnlyList<string> Complete(IReadOnlyList<string> prompts, CompletionSettings settings, CancellationToken cancellationToken) =>
        [.. Sample(prompts, 1, settings, cancellationToken).Select(texts => texts[0])];

    /// <summary>Completes each prompt several times.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Sample(
        IReadOnlyList<string> prompts, int count, CompletionSettings settings, CancellationToken cancellationToken)
    {
        var stopTokens = _encoder.StopTokens(model.Model.EndOfSequenceTokenIds);
        var seed = SamplingSeed.Of(settings.Seed);
        var requests = prompts.Select((prompt, i) =>
        {
            var options = new GenerationOptions
            {
                MaxNewTokens = settings.MaxNewTokens, Temperature = settings.Temperature, StopStrings = [.. settings.Stops],
                Seed = seed.For(settings.FirstItem + i).Value,
            };
            return new CompletionRequest(EncodePrompt(prompt), options, count) { StopTokenIds = stopTokens };
        }).ToArray();
        return
        [
            .. model.Complete(requests, Math.Max(count, prompts.Count), cancellationToken)
                .Select(completions => completions.Select(completion => completion.Text).ToArray()),
        ];
    }

    private IReadOnlyList<int> EncodePrompt(string prompt) => _encoder.EncodePrompt([new PromptMessage("user", prompt)]);

    // The prompt to complete, and then the text.
    private sealed class ContinuedTemplate(PromptTemplate template, string continuation) : PromptTemplate
    {
        public override string Name => template.Name;

        public override bool AddsSpecialTokens => template.AddsSpecialTokens;

        public override IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt) =>
            [.. template.Render(conversation, addGenerationPrompt: true), new PromptSegment(continuation, IsTrained: true)];
    }
}

using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>A model with a template, and the operations that evaluations need.</summary>
internal sealed class EvaluatedModel : IDisposable
{
    private const int MaxTokensPerBatch = 8192;

    private readonly AsftTransformer _transformer;
    private readonly LoadedModel _loaded;
    private readonly ExampleEncoder _encoder;
    private readonly PromptTemplate _template;
    private readonly BatchRunner _runner;

    public EvaluatedModel(AsftTransformer transformer, LoadedModel loaded, PromptTemplate template)
    {
        _transformer = transformer;
        _template = template;
        _loaded = loaded with { Template = template };
        _encoder = ExampleReader.EncoderFor(_loaded);
        _loaded.Model.eval();
        _runner = BatchRunner.For(_loaded.Model, recompute: true);
    }

    /// <summary>Takes the model's own template for <c>auto</c>, otherwise the named one.</summary>
    public static EvaluatedModel Of(AsftTransformer transformer, LoadedModel loaded, string template) =>
        new(transformer, loaded, template == "auto" ? loaded.Template : PromptTemplate.Create(template));

    public CausalLanguageModel Model => _loaded.Model;

    public Microsoft.ML.Tokenizers.Tokenizer Tokenizer => _loaded.Tokenizer;

    public void Dispose() => _runner.Dispose();

    /// <summary>The log-probability of every token after each prompt: float32 (B, V).</summary>
    public Tensor NextTokenLogProbabilities(IEnumerable<string> prompts)
    {
        // Any label after the prompt marks the position that predicts it.
        var examples = prompts.Select(prompt =>
        {
            var ids = _encoder.EncodePrompt([new PromptMessage("user", prompt)]);
            return new EncodedExample([.. ids, 0], [.. ids.Select(_ => EncodedExample.IgnoreIndex), 0]);
        });
        var last = Passes([.. examples]).Select(pass => _runner.HiddenStates(new TrainingBatch(pass, Model.HeadWeight.device)));
        return NextToken.LogProbabilities(cat([.. last], 0), Model.HeadWeight, Model.LogitTransform);
    }

    /// <summary>Encodes a prompt and a continuation; only the continuation's tokens are labelled.</summary>
    public EncodedExample Encode(string prompt, string continuation)
    {
        var encoder = new ExampleEncoder(Tokenizer, new ContinuedTemplate(_template, continuation), endOfSequenceId: null);
        return encoder.Encode([new PromptMessage("user", prompt)]);
    }

    /// <summary>The log-probability of each label of each example.</summary>
    public IReadOnlyList<double[]> LabelLogProbabilities(IReadOnlyList<EncodedExample> examples)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var batch = new TrainingBatch(examples, Model.HeadWeight.device);
        var hidden = _runner.HiddenStates(batch);                                 // (N, H)
        var all = new List<double>();
        foreach (var (start, count) in VocabularyChunks.Of(batch.Labels.shape[0], Model.HeadWeight.shape[0]))
        {
            using var chunkScope = NewDisposeScope();
            var logP = NextToken.LogProbabilities(
                hidden.narrow(0, start, count), Model.HeadWeight, Model.LogitTransform);         // (R, V)
            var labels = batch.Labels.narrow(0, start, count).unsqueeze(1);
            all.AddRange(logP.gather(1, labels).squeeze(1).to_type(ScalarType.Float64).cpu().data<double>().ToArray());
        }

        int at = 0;
        return [.. examples.Select(example => all[at..(at += TrainingBatch.LabelCount(example))].ToArray())];
    }

    /// <summary>Completes each prompt.</summary>
    public IReadOnlyList<string> Complete(IReadOnlyList<string> prompts, CompletionRequest request, CancellationToken cancellationToken) =>
        [.. Sample(prompts, 1, request, cancellationToken).Select(texts => texts[0])];

    /// <summary>Completes each prompt several times.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Sample(
        IReadOnlyList<string> prompts, int count, CompletionRequest request, CancellationToken cancellationToken)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = request.MaxNewTokens, Temperature = request.Temperature, StopStrings = [.. request.Stops],
        };
        var ends = StopCriteria.Of(_loaded, _encoder);
        var seed = SamplingSeed.Of(request.Seed);
        DecodingSequence[][] sequences =
        [
            .. prompts.Select((prompt, i) =>
            {
                var ids = _encoder.EncodePrompt([new PromptMessage("user", prompt)]);
                return Enumerable.Range(0, count)
                    .Select(sample => new DecodingSequence(ids, options, seed.For(request.FirstItem + i).For(sample), ends)).ToArray();
            }),
        ];
        new TextGenerator(_transformer).Run(sequences, Math.Max(count, prompts.Count), cancellationToken);
        return [.. sequences.Select(samples => samples.Select(sample => sample.ToCompletion().Text).ToArray())];
    }

    // A batch with a very long row goes through the model in pieces, because attention needs the square of its length for every row.
    private static IEnumerable<EncodedExample[]> Passes(EncodedExample[] examples)
    {
        int start = 0;
        while (start < examples.Length)
        {
            int longest = 0;
            int end = start;
            while (end < examples.Length
                && (end == start || (end + 1 - start) * Math.Max(longest, examples[end].InputIds.Length) <= MaxTokensPerBatch))
            {
                longest = Math.Max(longest, examples[end++].InputIds.Length);
            }

            yield return examples[start..end];
            start = end;
        }
    }

    // The prompt to complete, and then the text.
    private sealed class ContinuedTemplate(PromptTemplate template, string continuation) : PromptTemplate
    {
        public override string Name => template.Name;

        public override bool AddsSpecialTokens => template.AddsSpecialTokens;

        public override IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt) =>
            [.. template.Render(conversation, addGenerationPrompt: true), new PromptSegment(continuation, IsTrained: true)];
    }
}

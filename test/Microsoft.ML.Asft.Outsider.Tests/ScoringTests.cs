using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Scoring;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>An evaluation of one's own: scores, divergences and completions of chosen tokens.</summary>
public sealed class ScoringTests : IDisposable
{
    private static readonly Row[] Rows = [new("say a", "bbbb"), new("b", "cc"), new("say c loud", "dddd")];

    private readonly IDataView _data;
    private readonly AsftTransformer _model;

    public ScoringTests()
    {
        var mlContext = new MLContext(seed: 1);
        _data = mlContext.Data.LoadFromEnumerable(Rows);
        var options = new AsftOptions
        {
            Template = "plain", LearningRate = 5e-2, MaxSteps = 4, Objective = AsftObjective.Sft, Generation = { MaxNewTokens = 4 },
            Lora = new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0, TargetModules = ["_mix"] },
        };
        _model = mlContext.Transforms.AsftFineTune(new BigramModel(Letters.Count, 32), Letters.Tokenizer, options).Fit(_data);
    }

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Scores_add_up_to_what_the_model_says_of_the_rows()
    {
        using var scorer = new ModelScorer(_model);
        var compared = scorer.Compare(_model.Encode(_data));
        var expected = _model.Evaluate(_data);
        Assert.Equal(expected.Tokens, compared.Sum(row => row.Kl.Count));
        Assert.Equal(expected.Sft, -compared.SelectMany(row => row.Score.LogProbabilities).Average(), 1e-5);
        Assert.Equal(expected.Kl, compared.SelectMany(row => row.Kl).Average(), 1e-5);
        Assert.Equal(expected.TokenAccuracy, compared.SelectMany(row => row.Score.IsLikeliest).Average(isIt => isIt ? 1 : 0), 12);
        Assert.True(expected.Kl > 1e-3);
        Assert.All(
            compared.Zip(scorer.Score(_model.Encode(_data))), pair => Assert.Equal(pair.First.Score.LogProbabilities, pair.Second.LogProbabilities));
    }

    [Fact]
    public void A_score_is_the_log_softmax_of_the_logits()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var scorer = new ModelScorer(_model);
        int[] ids = [.. Letters.Tokenizer.EncodeToIds("dab")];
        var logits = _model.Model.Forward(tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0)).squeeze(0).mm(_model.Model.HeadWeight.t());
        var expected = logits.log_softmax(1);                                    // (T, V)
        Assert.True(expected[^1..].allclose(scorer.NextTokenLogProbabilities([ids]), 1e-5, 1e-6));
        var score = Assert.Single(scorer.Score([new EncodedExample(ids, [EncodedExample.IgnoreIndex, ids[1], ids[2]])]));
        Assert.Equal(expected[0, ids[1]].item<float>(), score.LogProbabilities[0], 1e-5f);
        Assert.Equal(expected[1, ids[2]].item<float>(), score.LogProbabilities[1], 1e-5f);
    }

    [Fact]
    public void A_model_has_no_divergence_from_itself_as_its_reference()
    {
        using var scorer = new ModelScorer(_model, _model);
        Assert.All(scorer.Compare(_model.Encode(_data)), row => Assert.All(row.Kl, kl => Assert.Equal(0, kl, 1e-6f)));
    }

    [Fact]
    public void What_cannot_be_scored_is_refused()
    {
        using var scorer = new ModelScorer(_model);
        string beyond = Assert.Throws<ArgumentException>(() => scorer.Score([new EncodedExample([1, 999], [1, 999])])).Message;
        Assert.Contains($"Example 0 has token 999; the model has tokens 0 to {Letters.Count - 1}.", beyond, StringComparison.Ordinal);
        string unlabelled = Assert.Throws<ArgumentException>(() => scorer.Score([new EncodedExample([1, 2], [1, EncodedExample.IgnoreIndex])])).Message;
        Assert.Contains("Example 0 has no label", unlabelled, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => scorer.NextTokenLogProbabilities([[]]));
        Assert.Throws<ArgumentException>(() => scorer.NextTokenLogProbabilities([]));
    }

    [Fact]
    public void Requests_have_their_own_seeds_and_stop_tokens()
    {
        IReadOnlyList<int> prompt = ExampleEncoder.For(_model, PromptTemplate.Create("plain")).EncodePrompt([new PromptMessage("user", "say a")]);
        Assert.Equal(_model.EncodePrompt([new PromptMessage("user", "say a")]), prompt);
        CompletionRequest Request(int item, int samples) => new(
            prompt, new GenerationOptions { MaxNewTokens = 5, Temperature = 2, Seed = SamplingSeed.Of(3).For(item).Value }, samples);

        var together = _model.Complete([Request(0, 2), Request(1, 1)], slots: 2);
        Assert.Equal(together[0].Select(c => c.Text), _model.Complete([Request(0, 2)], slots: 2)[0].Select(c => c.Text));
        Assert.Equal(together[1][0].Text, _model.Complete([Request(1, 1)], slots: 1)[0][0].Text);
        int first = together[1][0].TokenIds[0];
        var stopped = Assert.Single(Assert.Single(_model.Complete([Request(1, 1) with { StopTokenIds = [first] }], slots: 1)));
        Assert.Equal((FinishReason.Stop, ""), (stopped.FinishReason, stopped.Text));
        Assert.Throws<ArgumentException>(() => _model.Complete([Request(0, 2)], slots: 1));
    }

    [Fact]
    public void A_fingerprint_changes_with_the_trained_parameters()
    {
        string before = ModelFingerprint.Of(_model);
        Assert.Equal(before, ModelFingerprint.Of(_model));
        using (no_grad())
        {
            _model.AdapterTensors.Values.First().add_(1);
        }

        Assert.NotEqual(before, ModelFingerprint.Of(_model));
    }

    [Fact]
    public void A_process_alone_is_a_group_of_one()
    {
        IWorkerGroup? alone = null;
        Assert.Equal([3.5], alone.AllGatherObject(3.5));
        alone.RequireSame(new Dictionary<string, string> { ["seed"] = "1" });
        alone.ThrowIfCancelled(CancellationToken.None);
        Assert.Throws<OperationCanceledException>(() => alone.ThrowIfCancelled(new CancellationToken(canceled: true)));
    }
}

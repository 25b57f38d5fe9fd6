using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tokenization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Generation;

public sealed class DecodingBatchTests : IDisposable
{
    private readonly TinyModel _folder = new();
    private readonly HuggingFaceTokenizer _tokenizer;

    public DecodingBatchTests() => _tokenizer = HuggingFaceTokenizer.Load(_folder.Path);

    public static TheoryData<string> Models => [.. Golden.Models];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void Greedy_is_the_argmax_of_uncached_forward_passes(string name)
    {
        using var model = Golden.Load(name).Model;
        using var batch = new DecodingBatch(model);
        var sequence = Sequence(model, [5, 9, 200, 31], new GenerationOptions { MaxNewTokens = 12 });
        Run(batch, [sequence]);

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = new List<long> { 5, 9, 200, 31 };
        for (int i = 0; i < sequence.TokenIds.Count; i++)
        {
            ids.Add(model.Forward(tensor(ids.ToArray(), [1, ids.Count]))[0].mm(model.HeadWeight.t())[^1].argmax().item<long>());
        }

        Assert.Equal(ids.Skip(4).Select(id => (int)id), sequence.TokenIds);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Completions_that_join_and_leave_are_those_of_each_alone(string name)
    {
        using var model = Golden.Load(name).Model;
        var options = Enumerable.Range(0, 6).Select(i => new GenerationOptions
        {
            MaxNewTokens = 4 + (5 * i % 11), Temperature = i % 2, Seed = i, TopK = i, RepetitionPenalty = i == 4 ? 1.3 : 1,
        }).ToArray();
        DecodingSequence[] Fresh() => [.. options.Select((o, i) => Sequence(model, [.. Enumerable.Range(3 + i, 2 + (3 * i))], o))];

        var alone = Fresh();
        foreach (var sequence in alone)
        {
            using var own = new DecodingBatch(model);
            Run(own, [sequence]);
        }

        var together = Fresh();
        using var batch = new DecodingBatch(model);
        Run(batch, together, stepsBetween: 2);
        Assert.Equal(alone.Select(s => s.TokenIds), together.Select(s => s.TokenIds));
    }

    [Fact]
    public void Samples_of_a_prompt_are_those_of_the_prompt_put_in_again()
    {
        using var model = Golden.Load("qwen2").Model;
        DecodingSequence Sample(int i) => Sequence(model, [7, 8, 9], new GenerationOptions { MaxNewTokens = 8, Temperature = 1.5, Seed = i });
        var together = Enumerable.Range(0, 4).Select(Sample).ToArray();
        using var batch = new DecodingBatch(model);
        batch.Join(together);
        Finish(batch);
        var apart = Enumerable.Range(0, 4).Select(Sample).ToArray();
        Run(batch, apart);
        Assert.Equal(apart.Select(s => s.TokenIds), together.Select(s => s.TokenIds));
        Assert.True(together.Select(s => string.Join(' ', s.TokenIds)).Distinct().Count() > 1);
    }

    [Fact]
    public void A_prompt_longer_than_a_piece_is_completed_like_any_other()
    {
        using var model = Golden.Load("qwen2").Model;
        int[] prompt = [.. Enumerable.Range(0, 700).Select(i => 3 + (i * 7 % 250))];
        var sequence = Sequence(model, prompt, new GenerationOptions { MaxNewTokens = 1 });
        using var batch = new DecodingBatch(model);
        Run(batch, [sequence]);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var hidden = model.Forward(tensor([.. prompt.Select(id => (long)id)], [1, 700]));
        Assert.Equal(hidden[0].mm(model.HeadWeight.t())[^1].argmax().item<long>(), sequence.TokenIds[0]);
    }

    [Fact]
    public void Any_of_several_end_tokens_ends_a_completion_and_is_no_part_of_it()
    {
        using var model = Golden.Load("qwen2").Model;
        var free = Sequence(model, [5, 6], new GenerationOptions { MaxNewTokens = 10 });
        using var batch = new DecodingBatch(model);
        Run(batch, [free]);
        int end = free.TokenIds[^1];
        int before = free.TokenIds.ToList().IndexOf(end);
        var ended = Sequence(model, [5, 6], new GenerationOptions { MaxNewTokens = 10 }, ends: [999, end]);
        Run(batch, [ended]);
        Assert.Equal(FinishReason.Length, free.FinishReason);
        Assert.Equal(FinishReason.Stop, ended.FinishReason);
        Assert.Equal(free.TokenIds.Take(before), ended.TokenIds);
    }

    [Fact]
    public void A_stop_string_ends_a_completion_wherever_its_tokens_end()
    {
        using var model = Golden.Load("llama").Model;
        var options = new GenerationOptions { MaxNewTokens = 30, Temperature = 3, Seed = 1 };
        using var batch = new DecodingBatch(model);
        var free = Sequence(model, [5, 6], options);
        Run(batch, [free]);
        string text = free.ToCompletion().Text;
        options.StopStrings = [text.Substring(4, 3)];                             // one token a byte, so it spans several
        string told = "";
        var stopped = new DecodingSequence([5, 6], options, SamplingSeed.Of(options.Seed), new StopCriteria(_tokenizer, new HashSet<int>(), 99))
        {
            Told = (_, more, _) => told += more,
        };
        Run(batch, [stopped]);
        Assert.Equal(text[..text.IndexOf(options.StopStrings[0], StringComparison.Ordinal)], stopped.ToCompletion().Text);
        Assert.Equal(stopped.ToCompletion().Text, told);
        Assert.Equal(FinishReason.Stop, stopped.FinishReason);
    }

    [Fact]
    public void The_end_of_the_context_ends_a_completion()
    {
        using var model = Golden.Load("llama").Model;
        var sequence = new DecodingSequence(
            [3, 4, 5], new GenerationOptions(), default, new StopCriteria(_tokenizer, new HashSet<int>(), ContextLength: 10));
        using var batch = new DecodingBatch(model);
        Run(batch, [sequence]);
        Assert.Equal(7, sequence.TokenIds.Count);
        Assert.Equal(FinishReason.Length, sequence.FinishReason);
    }

    [Fact]
    public void A_prompt_stops_between_its_pieces()
    {
        using var model = Golden.Load("llama").Model;
        using var batch = new DecodingBatch(model);
        Assert.Throws<OperationCanceledException>(
            () => batch.Join([Sequence(model, [3], new GenerationOptions())], new CancellationToken(canceled: true)));
        Assert.Empty(batch.Running);
    }

    private DecodingSequence Sequence(CausalLanguageModel model, int[] prompt, GenerationOptions options, int[]? ends = null) =>
        new(prompt, options, SamplingSeed.Of(options.Seed ?? 0), new StopCriteria(_tokenizer, (ends ?? []).ToHashSet(), model.ContextLength));

    private static void Run(DecodingBatch batch, DecodingSequence[] sequences, int stepsBetween = 0)
    {
        foreach (var sequence in sequences)
        {
            batch.Join([sequence]);
            for (int i = 0; i < stepsBetween && batch.Running.Count > 0; i++)
            {
                batch.Step();
            }
        }

        Finish(batch);
    }

    private static void Finish(DecodingBatch batch)
    {
        while (batch.Running.Count > 0)
        {
            batch.Step();
        }
    }
}

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Options;
using OpenAI;
using OpenAI.Chat;

namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>Lets a language model at an OpenAI-compatible endpoint compare the answers of two models to the same instructions.</summary>
/// <remarks>
/// Each pair is shown once, in an order drawn by the seed, to cancel out a judge's preference for a position. The preference is the
/// probability of
/// the letter that names the model's answer beside that of both, where the endpoint gives log-probabilities, and else 0 or 1 by the
/// letter it writes.
/// </remarks>
public static class PairwiseJudge
{
    /// <summary>Compares two models' answers.</summary>
    /// <param name="outputs">The model's answers.</param>
    /// <param name="baseOutputs">
    /// The answers of the model to compare with, one for each instruction of <paramref name="outputs"/>.
    /// </param>
    /// <param name="options">The options of the judge.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">
    /// An instruction has no answer to compare with, or the folder belongs to another run.
    /// </exception>
    /// <exception cref="InvalidOperationException">The judge cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static JudgeMetrics Compare(IReadOnlyList<AlpacaOutput> outputs, IReadOnlyList<AlpacaOutput> baseOutputs, JudgeOptions options)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(baseOutputs);
        ArgumentNullException.ThrowIfNull(options);
        OptionsValidator.CheckRanges(options);
        var others = baseOutputs.GroupBy(o => o.Instruction, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First().Output, StringComparer.Ordinal);
        var pairs = outputs.Select((own, i) => new Pair(
            own.Instruction, own.Output, others.TryGetValue(own.Instruction, out string? other) ? other : throw new InvalidDataException(
                $"Answer {i + 1} has no counterpart: the outputs that it is compared with lack the instruction '{Short(own.Instruction)}'."))).ToArray();
        var cache = new JudgeCache(options.CacheFile);
        var client = Client(options);
        var settings = new JsonObject { ["endpoint"] = options.Endpoint.ToString(), ["prompt"] = options.Prompt };
        return new JudgeMetrics(BatchedRun.Complete(
            "judge", options.Judge, pairs, options, settings,
            (start, batch) => Task.WhenAll(batch.Select((pair, i) => JudgeAsync(client, cache, pair, start + i, options))).GetAwaiter()
                .GetResult(),
            item => item.Preference ?? 0.5));
    }

    private static ChatClient Client(JudgeOptions options) => new(
        options.Judge,
        new ApiKeyCredential(string.IsNullOrEmpty(options.ApiKey) ? "none" : options.ApiKey),
        new OpenAIClientOptions { Endpoint = options.Endpoint, RetryPolicy = new ClientRetryPolicy(options.MaxRetries) });

    private static async Task<JudgeItem> JudgeAsync(ChatClient client, JudgeCache cache, Pair pair, int index, JudgeOptions options)
    {
        // By the instruction, not its index, so that a cached verdict is valid for a subset too.
        bool swapped = SamplingSeed.Of(options.Seed).For(StableHash(pair.Instruction)).Uniform(0) < 0.5;
        var item = new JudgeItem
        {
            Index = index, Preference = 0.5, Swapped = swapped, Length = pair.Output.Length, BaseLength = pair.BaseOutput.Length,
        };
        if (pair.Output == pair.BaseOutput)
        {
            return item;
        }

        var (first, second) = swapped ? (pair.BaseOutput, pair.Output) : (pair.Output, pair.BaseOutput);
        var messages = JudgePrompt.Fill(options.Prompt, pair.Instruction, first, second);
        string key = JudgeCache.KeyOf(options.Endpoint.ToString(), options.Judge, messages);
        var verdict = cache.Find(key);
        if (verdict is null)
        {
            verdict = await AskAsync(client, messages, options).ConfigureAwait(false);
            cache.Add(key, verdict);
        }

        return item with { Preference = swapped ? 1 - verdict.FirstIsBetter : verdict.FirstIsBetter, Reply = verdict.Reply };
    }

    private static async Task<JudgeCache.Verdict> AskAsync(ChatClient client, IReadOnlyList<ChatMessage> messages, JudgeOptions options)
    {
        var request = new ChatCompletionOptions
        {
            IncludeLogProbabilities = true, TopLogProbabilityCount = 20, MaxOutputTokenCount = 1,
            Temperature = 0
        };
        ChatCompletion completion;
        try
        {
            completion = await client.CompleteChatAsync(messages, request, options.CancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ClientResultException or AggregateException or HttpRequestException)
        {
            throw new InvalidOperationException(
                $"The judge '{options.Judge}' at {options.Endpoint} cannot be reached: {error.Message.ReplaceLineEndings(" ")} "
                + "Finished verdicts are kept; run the command again to resume.", error);
        }

        string reply = completion.Content.Count > 0 ? completion.Content[0].Text ?? "" : "";
        return new JudgeCache.Verdict(ByProbability(completion) ?? ByLetter(reply), reply);
    }

    private static double? ByProbability(ChatCompletion completion)
    {
        if (completion.ContentTokenLogProbabilities is not [var first, ..])
        {
            return null;
        }

        double m = Mass(JudgePrompt.First);
        double total = m + Mass(JudgePrompt.Second);
        return total > 0 ? m / total : null;

        double Mass(string letter) => first.TopLogProbabilities.Where(t => t.Token.Trim() == letter).Sum(t => Math.Exp(t.LogProbability));
    }

    private static double? ByLetter(string reply) => reply.Trim().Trim('"', '\'', '`', '.', '*') switch
    {
        JudgePrompt.First => 1,
        JudgePrompt.Second => 0,
        _ => null,
    };

    // string.GetHashCode differs from process to process.
    private static int StableHash(string text) => text.Aggregate(17, (hash, c) => unchecked((hash * 31) + c));

    private static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";

    private sealed record Pair(string Instruction, string Output, string BaseOutput);
}

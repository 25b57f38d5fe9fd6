using System.Text;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Generation;

/// <summary>One active completion.</summary>
internal sealed class DecodingSequence
{
    private readonly GenerationOptions _options;
    private readonly TokenSampler _sampler;
    private readonly StreamingDecoder _decoder;
    private readonly IReadOnlySet<int> _endTokens;
    private readonly StopText _stops;
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokenIds = [];
    private readonly List<TokenLogProbability> _logProbabilities = [];
    private readonly int _maxTokens;

    /// <param name="prompt">The prompt's tokens, at least one.</param>
    /// <param name="options">The options of generation.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="ends">The stop criteria of this model.</param>
    public DecodingSequence(IReadOnlyList<int> prompt, GenerationOptions options, SamplingSeed seed, StopCriteria ends)
    {
        (Prompt, _options) = (prompt, options);
        _sampler = new TokenSampler(options, prompt, seed);
        _decoder = new StreamingDecoder(ends.Tokenizer, skipSpecialTokens: true);
        _endTokens = ends.Tokens;
        _stops = new StopText(options.StopStrings);
        _maxTokens = (int)Math.Clamp((long)ends.ContextLength - prompt.Count, 1, options.MaxNewTokens);
    }

    /// <summary>Creates the completions of a request, each with its own seed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="ends">The stop criteria of its model.</param>
    /// <param name="told">The callback for each token. Its first argument is the completion's index in the request.</param>
    public static DecodingSequence[] AllOf(
        CompletionRequest request, StopCriteria ends, Action<int, DecodingSequence, string, TokenLogProbability?>? told = null)
    {
        var seed = SamplingSeed.Of(request.Options.Seed);
        var own = request.StopTokenIds is { } ids ? ends with { Tokens = ids.ToHashSet() } : ends;
        return
        [
            .. Enumerable.Range(0, request.Samples).Select(i => new DecodingSequence(request.Prompt, request.Options, seed.For(i), own)
            {
                Told = told is null ? null : (sequence, text, token) => told(i, sequence, text, token),
            }),
        ];
    }

    public IReadOnlyList<int> Prompt { get; }

    /// <summary>Gets the tokens so far.</summary>
    public IReadOnlyList<int> TokenIds => _tokenIds;

    /// <summary>Gets the maximum number of its tokens.</summary>
    public int MaxTokens => _maxTokens;

    /// <summary>Gets why it ended, once it has.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>Gets or sets the callback for each token: the final text, and the token unless it only ended the completion.</summary>
    public Action<DecodingSequence, string, TokenLogProbability?>? Told { get; init; }

    /// <summary>Samples the next token from the model's logits, which are overwritten.</summary>
    public void Take(Span<float> logits)
    {
        var token = _sampler.Next(logits);
        bool isEnd = _endTokens.Contains(token.TokenId);
        string text = "";
        if (!isEnd)
        {
            _tokenIds.Add(token.TokenId);
            if (_options.TopLogProbabilities is not null)
            {
                _logProbabilities.Add(token);
            }

            text = _stops.Add(_decoder.Add(token.TokenId));
        }

        FinishReason = isEnd || _stops.IsFound ? Generation.FinishReason.Stop
            : _tokenIds.Count >= _maxTokens ? Generation.FinishReason.Length
            : null;
        if (FinishReason is not null && !_stops.IsFound)
        {
            text += _stops.Add(_decoder.Flush());
            text += _stops.IsFound ? "" : _stops.Flush();
            FinishReason = _stops.IsFound ? Generation.FinishReason.Stop : FinishReason;
        }

        _text.Append(text);
        Told?.Invoke(this, text, isEnd ? null : token);
    }

    public Completion ToCompletion() => new(_text.ToString(), _tokenIds, FinishReason!.Value)
    {
        PromptTokenCount = Prompt.Count,
        LogProbabilities = _logProbabilities,
    };
}

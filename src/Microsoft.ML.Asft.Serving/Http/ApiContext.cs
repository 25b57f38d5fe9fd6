using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>The shared state of a model's endpoints.</summary>
internal sealed class ApiContext : IDisposable
{
    private readonly byte[]? _key;

    public ApiContext(AsftTransformer model, AsftServerOptions options)
    {
        _key = options.ApiKey is { } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;
        (Model, Options) = (model, options);
        ModelName = options.ModelName ?? ModelNames.Of(model);
        Tokens = new TokenTexts(model.Tokenizer);
        Engine = new CompletionEngine(model, options.Slots, options.QueueLimit);
        Metrics = new ServerMetrics(() => Engine.Counts, ModelName);
    }

    public AsftTransformer Model { get; }

    public AsftServerOptions Options { get; }

    public CompletionEngine Engine { get; }

    public ServerMetrics Metrics { get; }

    public string ModelName { get; }

    public long Started { get; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    public TokenTexts Tokens { get; }

    /// <exception cref="ApiException">The request lacks the key.</exception>
    public void RequireKey(HttpRequest request)
    {
        const string scheme = "Bearer ";
        if (_key is null)
        {
            return;
        }

        string given = request.Headers.Authorization.ToString();
        // Hashes have one length, so the comparison does not reveal the key's length and always takes the same time.
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(given.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? given[scheme.Length..] : ""));
        if (!CryptographicOperations.FixedTimeEquals(hash, _key))
        {
            throw new ApiException(
                401, given.Length == 0 ? "No API key was given; send it as 'Authorization: Bearer KEY'." : "The API key is wrong.", code: "invalid_api_key");
        }
    }

    /// <exception cref="ApiException">The request names another model.</exception>
    public void RequireModel(string? name)
    {
        if (name is not null && name != ModelName)
        {
            throw new ApiException(404, $"The model '{name}' does not exist; there is '{ModelName}'.", "model", "model_not_found");
        }
    }

    /// <exception cref="ApiException">The prompt is empty, too long, or has tokens that the model lacks.</exception>
    public IReadOnlyList<int> RequireFit(IReadOnlyList<int> prompt, string param)
    {
        int limit = Math.Min(Options.MaxPromptTokens, Model.Model.ContextLength - 1);
        if (prompt.Count == 0 || prompt.Count > limit)
        {
            throw ApiException.Invalid(
                param, $"The prompt has {prompt.Count} tokens; it must have from 1 to {limit}.", prompt.Count == 0 ? null : "context_length_exceeded");
        }

        return prompt;
    }

    /// <summary>Submits several prompts to the engine: all of them or none.</summary>
    /// <exception cref="ApiException">Too many requests are waiting.</exception>
    public IReadOnlyList<CompletionStream> Submit(IEnumerable<CompletionRequest> requests)
    {
        var streams = new List<CompletionStream>();
        foreach (var request in requests)
        {
            if (Engine.TrySubmit(request) is not { } stream)
            {
                streams.ForEach(s => s.Dispose());
                throw new ApiException(429, "The server is busy and its queue is full; come again later.", code: "queue_full")
                {
                    RetryAfter = 1 + (Engine.Counts.Waiting / Options.Slots),
                };
            }

            streams.Add(stream);
        }

        return streams;
    }

    /// <summary>Ends what is under way; only then can <see cref="Metrics"/> go.</summary>
    public void Dispose() => Engine.Dispose();
}

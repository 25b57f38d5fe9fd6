using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Generation;

/// <summary>
/// The options of generation. By default decoding is greedy: the likeliest token each time. With a <see cref="Temperature"/>
/// tokens are sampled. Penalties act first, then temperature, <see cref="TopK"/>, <see cref="TopP"/> and <see cref="MinP"/>.
/// </summary>
public sealed class GenerationOptions
{
    /// <summary>Gets or sets the maximum number of tokens of a completion.</summary>
    /// <value>1 or more. The default value is 256.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 256;

    /// <summary>Gets or sets the number of prompts that are completed at the same time.</summary>
    /// <value>1 or more. The default value is 8.</value>
    [Range(1, 4096)]
    public int BatchSize { get; set; } = 8;

    /// <summary>Gets or sets the divisor of the logits before a token is sampled; 0 takes the likeliest token instead.</summary>
    /// <value>0 to 100. The default value is 0.</value>
    [Range(0.0, 100.0)]
    public double Temperature { get; set; }

    /// <summary>Gets or sets the number of likeliest tokens to sample from; 0 for all.</summary>
    /// <value>0 or more. The default value is 0.</value>
    [Range(0, int.MaxValue)]
    public int TopK { get; set; }

    /// <summary>
    /// Gets or sets the total probability of the tokens to sample from: the smallest set of likeliest tokens that reaches it (nucleus
    /// sampling, arXiv 1904.09751); 1 for all.
    /// </summary>
    /// <value>0 to 1. The default value is 1.</value>
    [Range(0.0, 1.0)]
    public double TopP { get; set; } = 1;

    /// <summary>
    /// Gets or sets the minimum probability of a token to be sampled, as a share of the likeliest one's probability (arXiv 2407.01082).
    /// </summary>
    /// <value>0 to 1. The default value is 0.</value>
    [Range(0.0, 1.0)]
    public double MinP { get; set; }

    /// <summary>
    /// Gets or sets the penalty of tokens in the prompt and the completion so far: positive logits are divided by it, negative ones
    /// multiplied (arXiv 1909.05858, §4.1).
    /// </summary>
    /// <value>Above 0; 1 changes nothing and is the default value.</value>
    [Range(0.01, 100.0)]
    public double RepetitionPenalty { get; set; } = 1;

    /// <summary>Gets or sets the value subtracted from the logits of tokens in the completion so far, as in OpenAI's API.</summary>
    /// <value>The default value is 0.</value>
    [Range(-100.0, 100.0)]
    public double PresencePenalty { get; set; }

    /// <summary>Gets or sets the value subtracted from the logits of tokens for each occurrence in the completion so far.</summary>
    /// <value>The default value is 0.</value>
    [Range(-100.0, 100.0)]
    public double FrequencyPenalty { get; set; }

    /// <summary>Gets or sets texts that end a completion. It is cut before them, also inside a token.</summary>
    /// <value>The default value is none.</value>
    public IList<string> StopStrings { get; set; } = [];

    /// <summary>
    /// Gets or sets the seed for sampling. With a seed a prompt's completion is always the same, whatever else is in the batch:
    /// each row of a data view has a seed derived from this one and its position.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: a new one each time.</value>
    public long? Seed { get; set; }

    /// <summary>
    /// Gets or sets the number of likeliest tokens whose log-probabilities are returned, besides that of the chosen token; 0 for that one
    /// alone. They are the model's own, before penalties and temperature.
    /// </summary>
    /// <value>0 to 100. The default value is <see langword="null"/>: none at all.</value>
    [Range(0, 100)]
    public int? TopLogProbabilities { get; set; }

    /// <summary>Makes a copy, to be changed for one request.</summary>
    public GenerationOptions Clone()
    {
        var copy = (GenerationOptions)MemberwiseClone();
        copy.StopStrings = [.. StopStrings];
        return copy;
    }
}

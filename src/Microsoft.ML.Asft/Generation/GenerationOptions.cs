using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Generation;

/// <summary>
/// How completions are made. By default decoding is greedy, the likeliest token each time; with a <see cref="Temperature"/>
/// tokens are drawn. Penalties act first, then temperature, <see cref="TopK"/>, <see cref="TopP"/> and <see cref="MinP"/>.
/// </summary>
public sealed class GenerationOptions
{
    /// <summary>Gets or sets the most tokens that a completion gets.</summary>
    /// <value>1 or more. The default value is 256.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 256;

    /// <summary>Gets or sets how many prompts are completed at once.</summary>
    /// <value>1 or more. The default value is 8.</value>
    [Range(1, 4096)]
    public int BatchSize { get; set; } = 8;

    /// <summary>Gets or sets what the logits are divided by before a token is drawn; 0 takes the likeliest token instead.</summary>
    /// <value>0 to 100. The default value is 0.</value>
    [Range(0.0, 100.0)]
    public double Temperature { get; set; }

    /// <summary>Gets or sets how many of the likeliest tokens are drawn from; 0 for all.</summary>
    /// <value>0 or more. The default value is 0.</value>
    [Range(0, int.MaxValue)]
    public int TopK { get; set; }

    /// <summary>
    /// Gets or sets the probability that the tokens drawn from have together, the fewest and likeliest that reach it (nucleus
    /// sampling, arXiv 1904.09751); 1 for all.
    /// </summary>
    /// <value>0 to 1. The default value is 1.</value>
    [Range(0.0, 1.0)]
    public double TopP { get; set; } = 1;

    /// <summary>Gets or sets how likely a token must be to be drawn, as a share of the likeliest one's probability (arXiv 2407.01082).</summary>
    /// <value>0 to 1. The default value is 0.</value>
    [Range(0.0, 1.0)]
    public double MinP { get; set; }

    /// <summary>
    /// Gets or sets what the logits of tokens in the prompt and the completion so far are divided by where positive and multiplied
    /// by where negative (arXiv 1909.05858, §4.1).
    /// </summary>
    /// <value>Above 0; 1 changes nothing and is the default value.</value>
    [Range(0.01, 100.0)]
    public double RepetitionPenalty { get; set; } = 1;

    /// <summary>Gets or sets what is taken off the logits of tokens in the completion so far, as OpenAI's API has it.</summary>
    /// <value>The default value is 0.</value>
    [Range(-100.0, 100.0)]
    public double PresencePenalty { get; set; }

    /// <summary>Gets or sets what is taken off the logits of tokens for each time they are in the completion so far.</summary>
    /// <value>The default value is 0.</value>
    [Range(-100.0, 100.0)]
    public double FrequencyPenalty { get; set; }

    /// <summary>Gets or sets texts that end a completion, which is then cut before them, wherever the borders of tokens are.</summary>
    /// <value>The default value is none.</value>
    public IList<string> StopStrings { get; set; } = [];

    /// <summary>
    /// Gets or sets the seed of drawing. With a seed a prompt's completion is always the same, whatever is completed beside it:
    /// each row of a data view has a seed made of this one and its position.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: another one each time.</value>
    public long? Seed { get; set; }

    /// <summary>
    /// Gets or sets for how many of the likeliest tokens log-probabilities are given beside that of the token taken; 0 for that one
    /// alone. They are the model's own, before penalties and temperature.
    /// </summary>
    /// <value>0 to 100. The default value is <see langword="null"/>: none at all.</value>
    [Range(0, 100)]
    public int? TopLogProbabilities { get; set; }

    /// <summary>Checks every option against its range.</summary>
    /// <exception cref="ArgumentException">The first option that is out of its range, and what the range is.</exception>
    public void Validate() => OptionsValidator.Check(this, "");

    /// <summary>Makes a copy, to be changed for one request.</summary>
    public GenerationOptions Clone()
    {
        var copy = (GenerationOptions)MemberwiseClone();
        copy.StopStrings = [.. StopStrings];
        return copy;
    }
}

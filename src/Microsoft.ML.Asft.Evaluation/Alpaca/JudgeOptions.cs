using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Evaluation.Runs;

namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>Who judges, and how.</summary>
public sealed class JudgeOptions : EvaluationOptions
{
    /// <summary>Gets or sets the endpoint, which speaks OpenAI's chat completions.</summary>
    /// <value>The default value is <c>https://api.openai.com/v1</c>.</value>
    [Required]
    public Uri Endpoint { get; set; } = new("https://api.openai.com/v1");

    /// <summary>Gets or sets the key; an endpoint of one's own may want none.</summary>
    /// <value>The default value is the environment variable <c>OPENAI_API_KEY</c>.</value>
    public string? ApiKey { get; set; } = Environment.GetEnvironmentVariable("OPENAI_API_KEY");

    /// <summary>Gets or sets the judge's name at the endpoint.</summary>
    /// <value>Required. The default value is empty.</value>
    [Required]
    public string Judge { get; set; } = "";

    /// <summary>
    /// Gets or sets the prompt, with <c>{instruction}</c>, <c>{output_1}</c> and <c>{output_2}</c>, whose first answer goes by <c>m</c> and
    /// second by <c>M</c>, and which asks for nothing but that letter. AlpacaEval's <c>alpaca_eval_clf.txt</c> can be given as it is.
    /// </summary>
    /// <value>The default value asks for the better answer in plain words.</value>
    [Required]
    public string Prompt { get; set; } = JudgePrompt.Default;

    /// <summary>Gets or sets a file of the judge's earlier verdicts, which are not asked for again; new ones are added.</summary>
    /// <value>The default value is <see langword="null"/>: none.</value>
    public string? CacheFile { get; set; }

    /// <summary>
    /// Gets or sets how often a request that fails, by the network, 429 or 5xx, is tried again, after longer and longer waits.
    /// </summary>
    /// <value>0 or more. The default value is 5.</value>
    [Range(0, 100)]
    public int MaxRetries { get; set; } = 5;
}

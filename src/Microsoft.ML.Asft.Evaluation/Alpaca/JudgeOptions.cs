using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Evaluation.Runs;

namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>The options of a judge.</summary>
public sealed class JudgeOptions : EvaluationOptions
{
    /// <summary>Gets or sets the endpoint, which implements OpenAI's chat completions.</summary>
    /// <value>The default value is <c>https://api.openai.com/v1</c>.</value>
    [Required]
    public Uri Endpoint { get; set; } = new("https://api.openai.com/v1");

    /// <summary>Gets or sets the key. A private endpoint may need none.</summary>
    /// <value>The default value is the environment variable <c>OPENAI_API_KEY</c>.</value>
    public string? ApiKey { get; set; } = Environment.GetEnvironmentVariable("OPENAI_API_KEY");

    /// <summary>Gets or sets the judge's name at the endpoint.</summary>
    /// <value>Required. The default value is empty.</value>
    [Required]
    public string Judge { get; set; } = "";

    /// <summary>
    /// Gets or sets the prompt, with <c>{instruction}</c>, <c>{output_1}</c> and <c>{output_2}</c>, whose first answer is named <c>m</c>
    /// and
    /// second one <c>M</c>. It must ask for only that letter. AlpacaEval's <c>alpaca_eval_clf.txt</c> works unchanged.
    /// </summary>
    /// <value>The default value asks for the better answer in plain words.</value>
    [Required]
    public string Prompt { get; set; } = JudgePrompt.Default;

    /// <summary>Gets or sets a file of the judge's earlier verdicts, which are not requested again; new ones are added.</summary>
    /// <value>The default value is <see langword="null"/>: none.</value>
    public string? CacheFile { get; set; }

    /// <summary>
    /// Gets or sets how often a request that fails (network, 429 or 5xx) is retried, with growing delays.
    /// </summary>
    /// <value>0 or more. The default value is 5.</value>
    [Range(0, 100)]
    public int MaxRetries { get; set; } = 5;
}

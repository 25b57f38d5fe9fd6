namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>The prompt for a problem; the named forms are those of the official evaluation (<c>eval/math_evaluation</c>).</summary>
internal static class MathPrompt
{
    public const string Auto = "auto";
    public const string Alpaca = "alpaca";
    public const string QwenMathCot = "qwen-math-cot";

    public static IReadOnlyList<string> Names { get; } = [Alpaca, QwenMathCot, Auto];

    /// <summary>Texts at which a completion starts a new problem, which is not part of its answer.</summary>
    public static IReadOnlyList<string> Stops { get; } = ["\n\n### Instruction:", "<|im_end|>", "<|endoftext|>", "\n\nQuestion:"];

    /// <summary>Puts worked examples in front of a problem.</summary>
    public static string Of(string name, string question, IReadOnlyList<(string Question, string Solution)> examples) => name switch
    {
        Alpaca => string.Concat(examples.Select(e => $"{AlpacaOf(e.Question)}{e.Solution}\n\n")) + AlpacaOf(question),
        QwenMathCot =>
            "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n"
            + $"<|im_start|>user\n{InOneTurn(question, examples)}<|im_end|>\n<|im_start|>assistant\n",
        Auto => InOneTurn(question, examples),
        _ => throw new ArgumentException($"Prompt is '{name}'; it must be one of {string.Join(", ", Names)}."),
    };

    /// <summary>The template for the result of <see cref="Of"/>: the named forms are complete prompts.</summary>
    public static string TemplateOf(string name) => name == Auto ? Auto : "plain";

    private static string AlpacaOf(string question) =>
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
        + $"### Instruction:\n{question}\n\n### Response:\n";

    private static string InOneTurn(string question, IReadOnlyList<(string Question, string Solution)> examples) =>
        string.Concat(examples.Select(e => $"{e.Question}\n{e.Solution}\n\n")) + question;
}

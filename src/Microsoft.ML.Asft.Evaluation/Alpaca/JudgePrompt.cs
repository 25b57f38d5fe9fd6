using System.Text.RegularExpressions;
using OpenAI.Chat;

namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>The judge's prompt for a pair of answers.</summary>
internal static partial class JudgePrompt
{
    public const string First = "m";
    public const string Second = "M";

    public const string Default =
        """
        <|im_start|>system
        You compare two answers to an instruction, and name the one that most people would prefer: correct, relevant and helpful, not merely longer.
        <|im_end|>
        <|im_start|>user
        # Instruction
        {instruction}

        # Answer m
        {output_1}

        # Answer M
        {output_2}

        # Which answer is better?
        Reply with one letter and nothing else: m for the first answer, M for the second.
        <|im_end|>
        """;

    /// <summary>Fills in the prompt, and splits it into messages if it has ChatML's marks.</summary>
    public static IReadOnlyList<ChatMessage> Fill(string prompt, string instruction, string first, string second)
    {
        var turns = Turns().Matches(prompt);
        return turns.Count == 0
            ? [new UserChatMessage(Filled(prompt))]
            : [.. turns.Select(turn => turn.Groups[1].Value == "system"
                ? (ChatMessage)new SystemChatMessage(Filled(turn.Groups[2].Value))
                : new UserChatMessage(Filled(turn.Groups[2].Value)))];

        // All placeholders in one pass, so that braces in an answer are unchanged.
        string Filled(string text) => Places().Replace(text, place => place.Groups[1].Value switch
        {
            "instruction" => instruction,
            "output_1" => first,
            _ => second,
        }).Trim();
    }

    [GeneratedRegex(@"<\|im_start\|>(system|user)\n(.*?)<\|im_end\|>", RegexOptions.Singleline)]
    private static partial Regex Turns();

    [GeneratedRegex(@"\{(instruction|output_1|output_2)\}")]
    private static partial Regex Places();
}

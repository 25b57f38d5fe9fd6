using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace Microsoft.ML.Asft.Tests.Checkpoints;

/// <summary>One thing done to a file to spoil it.</summary>
/// <param name="Kind">Which thing.</param>
/// <param name="Position">Where, in bytes or tokens, modulo how many there are.</param>
/// <param name="Token">What is put there.</param>
internal sealed partial record Mutation(int Kind, int Position, string Token)
{
    // This kind and those above it; then the file stays JSON most of the time, and only says something else.
    private const int ReplacesToken = 3;

    private static readonly string[] Nasty =
    [
        "null", "true", "false", "0", "-1", "1", "2", "7", "0.5", "-0.0", "1e400", "4294967296", "9223372036854775807",
        "9223372036854775808", "123456789012345678901234567890", "\"\"", "\"..\"", "\"../x\"", "\"\\ud800\"", "\"\\u0000\"", "\"F64\"",
        "\"BOOL\"", "\"F4\"", "\"F8_E4M3\"", "\"(a+)+b\"", "\"(\"", "\"llama\"", "\"dynamic\"", "\"yarn\"", "\"all-linear\"", "[]", "{}",
        "[0,0]", "[[", "{\"a\":", new('[', 1000), ",", ":", "}", "]", "\"", "\\", " ", "\uFEFF", "é",
    ];

    /// <summary>Up to a handful of mutations; a counterexample is shrunk to as few as still show it.</summary>
    public static Arbitrary<Mutation[]> Some { get; } = Arb.From(
        from count in Gen.Choose(1, 5)
        from mutations in (from kind in Gen.Choose(0, 5)
                           from position in Gen.Choose(0, 1_000_000)
                           from token in Gen.Elements(Nasty)
                           select new Mutation(kind, position, token)).ArrayOf(count)
        select mutations,
        mutations => mutations.Select((_, gone) => mutations.Where((_, i) => i != gone).ToArray()));

    /// <summary>Every single replacement of a token that can be made in a text.</summary>
    public static IEnumerable<Mutation[]> Replacements(string text) =>
        from position in Enumerable.Range(0, Tokens().Count(text))
        from token in Nasty
        select new[] { new Mutation(ReplacesToken, position, token) };

    /// <summary>Does everything to a text, one after the other.</summary>
    public static byte[] Apply(IEnumerable<Mutation> mutations, string text) =>
        mutations.Aggregate(Encoding.UTF8.GetBytes(text), (bytes, mutation) => mutation.Apply(bytes));

    private byte[] Apply(byte[] bytes)
    {
        int at = bytes.Length == 0 ? 0 : Position % bytes.Length;
        switch (Kind)
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], .. Encoding.UTF8.GetBytes(Token), .. bytes[at..]];
            case 2 when bytes.Length > 0:
                return [.. bytes[..at], (byte)(bytes[at] ^ (1 << (Position % 8))), .. bytes[(at + 1)..]];
            default:
                return ReplaceToken(bytes);
        }
    }

    private byte[] ReplaceToken(byte[] bytes)
    {
        string text = Encoding.Latin1.GetString(bytes);
        var tokens = Tokens().Matches(text);
        if (tokens.Count == 0)
        {
            return bytes;
        }

        var token = tokens[Position % tokens.Count];
        return [.. bytes[..token.Index], .. Encoding.UTF8.GetBytes(Token), .. bytes[(token.Index + token.Length)..]];
    }

    [GeneratedRegex("""(?x) "(?:[^"\\]|\\.)*" | -?[0-9.eE+]+ | [a-z]+""")]
    private static partial Regex Tokens();
}

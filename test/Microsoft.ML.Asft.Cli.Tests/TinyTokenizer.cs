using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>
/// Writes the smallest real tokenizer: byte-level BPE in which every byte is a token (ids 0 to 255 are the bytes), with a few
/// merges and an end-of-text token.
/// </summary>
internal static class TinyTokenizer
{
    public const string EndOfText = "<|endoftext|>";

    public const int VocabSize = 260;

    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        string[] bytes = [.. Enumerable.Range(0, 256).Select(ByteSymbol)];
        string[][] merges = [["t", "h"], ["th", "e"], [ByteSymbol(' '), "the"]];
        string[] tokens = [.. bytes, .. merges.Select(pair => string.Concat(pair))];
        var byteLevel = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), JsonSerializer.Serialize(new
        {
            version = "1.0",
            truncation = (object?)null,
            padding = (object?)null,
            added_tokens = new[]
            {
                new
                {
                    id = tokens.Length,
                    content = EndOfText,
                    single_word = false,
                    lstrip = false,
                    rstrip = false,
                    normalized = false,
                    special = true,
                },
            },
            normalizer = (object?)null,
            pre_tokenizer = byteLevel,
            post_processor = (object?)null,
            decoder = byteLevel,
            model = new
            {
                type = "BPE",
                dropout = (object?)null,
                unk_token = (object?)null,
                continuing_subword_prefix = "",
                end_of_word_suffix = "",
                fuse_unk = false,
                byte_fallback = false,
                vocab = tokens.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id),
                merges,
            },
        }));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(new { eos_token = EndOfText }));
    }

    // GPT-2's alphabet: a printable byte is its own character, and the others are the characters from 256 on, in their order.
    private static string ByteSymbol(int value)
    {
        bool IsPrintable(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
        return ((char)(IsPrintable(value) ? value : 256 + Enumerable.Range(0, value).Count(b => !IsPrintable(b)))).ToString();
    }
}

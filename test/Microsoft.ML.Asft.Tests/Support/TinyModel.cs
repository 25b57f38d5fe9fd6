using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling;

namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>A folder with a small random model and a tokenizer that has a token for each byte, gone when disposed.</summary>
internal sealed class TinyModel : IDisposable
{
    private const int EndOfText = 256;

    public TinyModel(int vocabulary = 257, int seed = 3, string family = "qwen2")
    {
        Folder = Directory.CreateTempSubdirectory("asft-tiny-").FullName;
        Path = System.IO.Path.Combine(Folder, "model");
        string tokenizer = Directory.CreateDirectory(System.IO.Path.Combine(Folder, "tokenizer")).FullName;
        File.WriteAllText(System.IO.Path.Combine(tokenizer, "tokenizer.json"), Tokenizer().ToJsonString());
        File.WriteAllText(System.IO.Path.Combine(tokenizer, "tokenizer_config.json"), """{"eos_token": "<|end|>"}""");
        var config = ModelConfig.Create(family, vocabulary, 32, 64, 2, 4, 2) with
        {
            EosTokenIds = EndOfText < vocabulary ? [EndOfText] : [],
            TieWordEmbeddings = true,
        };
        ModelInitializer.Initialize(config, tokenizer, Path, seed);
    }

    /// <summary>Gets the folder that everything lies in.</summary>
    public string Folder { get; }

    /// <summary>Gets the model's folder.</summary>
    public string Path { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static JsonObject Tokenizer() => new()
    {
        ["added_tokens"] = new JsonArray(new JsonObject
        {
            ["id"] = EndOfText, ["content"] = "<|end|>", ["special"] = true, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false,
            ["normalized"] = false,
        }),
        ["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true,
        },
        ["decoder"] = new JsonObject
        {
            ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true,
        },
        ["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["vocab"] = new JsonObject(ByteAlphabet().Select((character, i) => KeyValuePair.Create<string, JsonNode?>($"{character}", i))),
            ["merges"] = new JsonArray(),
        },
    };

    // GPT-2's spelling of bytes: printable ones are themselves, the others follow from U+0100 on.
    private static IEnumerable<char> ByteAlphabet()
    {
        int next = 0x100;
        for (int b = 0; b < 256; b++)
        {
            yield return b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)next++;
        }
    }
}

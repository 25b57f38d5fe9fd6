using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BaseModel;

/// <summary>Writes a vocabulary as Hugging Face's tokenizer.json and tokenizer_config.json, in Qwen2's layout.</summary>
internal static class TokenizerFiles
{
    private const string EndOfText = "<|endoftext|>";
    private const string EndOfTurn = "<|im_end|>";

    private const string ChatTemplate =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true, IndentSize = 1, NewLine = "\n",
    };

    /// <summary>The special tokens; their ids follow the vocabulary's.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = [EndOfText, "<|im_start|>", EndOfTurn];

    public static void Write(string folder, ByteLevelBpe bpe)
    {
        Directory.CreateDirectory(folder);
        var ids = SpecialTokens.Select((token, i) => (Token: token, Id: bpe.Vocabulary.Count + i)).ToArray();
        Write(Path.Combine(folder, "tokenizer.json"), new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. ids.Select(special => SpecialToken(special.Token, special.Id))]),
            ["normalizer"] = new JsonObject { ["type"] = "NFC" },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = ByteLevelBpe.SplitPattern },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    ByteLevel()),
            },
            ["post_processor"] = ByteLevel(),
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = "",
                ["end_of_word_suffix"] = "",
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["vocab"] = new JsonObject(bpe.Vocabulary.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id))),
                ["merges"] = new JsonArray([.. bpe.Merges.Select(merge => (JsonNode)$"{merge.Left} {merge.Right}")]),
            },
        });
        Write(Path.Combine(folder, "tokenizer_config.json"), new JsonObject
        {
            ["add_bos_token"] = false,
            ["add_prefix_space"] = false,
            ["added_tokens_decoder"] = new JsonObject(
                ids.Select(special => KeyValuePair.Create(special.Id.ToString(), (JsonNode?)SpecialToken(special.Token)))),
            ["additional_special_tokens"] = new JsonArray([.. SpecialTokens.Skip(1).Select(token => (JsonNode)token)]),
            ["bos_token"] = null,
            ["chat_template"] = ChatTemplate,
            ["clean_up_tokenization_spaces"] = false,
            ["eos_token"] = EndOfTurn,
            ["errors"] = "replace",
            ["model_max_length"] = 512,
            ["pad_token"] = EndOfText,
            ["split_special_tokens"] = false,
            ["tokenizer_class"] = "Qwen2Tokenizer",
            ["unk_token"] = null,
        });
    }

    private static JsonObject SpecialToken(string content, int? id = null)
    {
        var token = new JsonObject
        {
            ["content"] = content, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
        };
        if (id is { } value)
        {
            token.Insert(0, "id", value);
        }

        return token;
    }

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = false,
    };

    private static void Write(string path, JsonObject content) => File.WriteAllText(path, content.ToJsonString(Options) + "\n");
}

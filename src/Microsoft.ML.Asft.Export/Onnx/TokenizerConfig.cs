using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export.Onnx;

/// <summary><c>tokenizer_config.json</c> as the tokenizer of ONNX Runtime GenAI (onnxruntime-extensions) reads it, beside <c>tokenizer.json</c>.</summary>
internal static class TokenizerConfig
{
    public const string FileName = "tokenizer_config.json";

    private const string VocabularyName = "tokenizer.json";
    private const string ClassKey = "tokenizer_class";
    private const string TemplateKey = "chat_template";
    private const string FastSuffix = "Fast";
    private const string Decomposed = "e\u0301";
    private const string Composed = "\u00E9";

    // The runtime's names of tokenizers with byte pair encoding (operators/tokenizer/tokenizer_jsconfig.hpp of microsoft/onnxruntime-extensions).
    private static readonly HashSet<string> KnownClasses = new(StringComparer.Ordinal)
    {
        "PreTrainedTokenizer", "GemmaTokenizer", "LlamaTokenizer", "CodeLlamaTokenizer", "CodeGenTokenizer", "GPT2Tokenizer", "Qwen2Tokenizer",
        "GPTNeoXTokenizer", "TokenizersBackend",
    };

    private static readonly HashSet<string> KnownParts = new(StringComparer.Ordinal) { "Split", "ByteLevel", "Metaspace" };

    /// <summary>Writes the source folder's file with the template of training and a tokenizer class that the runtime knows.</summary>
    /// <exception cref="NotSupportedException">The source folder has no tokenizer.json.</exception>
    public static byte[] Write(string source, HuggingFaceTokenizer tokenizer, PromptTemplate template, ICollection<string> warnings)
    {
        if (!File.Exists(Path.Combine(source, VocabularyName)))
        {
            throw new NotSupportedException(
                $"ONNX Runtime GenAI reads {VocabularyName}, and '{source}' has none. Save the tokenizer again with a current version of transformers "
                + "(AutoTokenizer.from_pretrained, save_pretrained).");
        }

        string path = Path.Combine(source, FileName);
        var json = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : [];
        string name = json[ClassKey]?.GetValue<string>() ?? "";
        name = name.EndsWith(FastSuffix, StringComparison.Ordinal) ? name[..^FastSuffix.Length] : name;
        if (!KnownClasses.Contains(name))
        {
            json[ClassKey] = tokenizer.Definition.IsByteLevel ? "PreTrainedTokenizer" : "LlamaTokenizer";
        }

        WarnOfDifferences(Path.Combine(source, VocabularyName), tokenizer, warnings);
        if (template.JinjaText is { } text)
        {
            json[TemplateKey] = text;
        }
        else
        {
            json.Remove(TemplateKey);
            warnings.Add(
                $"The prompt template '{template.Name}' is not a chat template, so the folder has none: your program must apply it to the prompt.");
        }

        return JsonSerializer.SerializeToUtf8Bytes(json);
    }

    // The parts of tokenizer.json that the runtime's own tokenizer ignores, as its results for the golden texts of the tests show.
    private static void WarnOfDifferences(string path, HuggingFaceTokenizer tokenizer, ICollection<string> warnings)
    {
        int before = warnings.Count;
        if (tokenizer.Normalizer?.Normalize(Decomposed) == Composed)
        {
            warnings.Add("ONNX Runtime GenAI does not normalize texts to NFC: letters in decomposed form, which are rare, get different tokens.");
        }

        if (!tokenizer.Definition.IsByteLevel)
        {
            warnings.Add("ONNX Runtime GenAI merges some runs of spaces, line breaks and contractions differently.");
        }

        string[] ignored = [.. PartsOfPreTokenizer(path).Where(part => !KnownParts.Contains(part)).Distinct()];
        if (ignored.Length > 0)
        {
            warnings.Add($"ONNX Runtime GenAI leaves out the step {string.Join(", ", ignored)} of the pre_tokenizer in {VocabularyName}: most texts that this step splits get different tokens.");
        }

        if (warnings.Count > before)
        {
            warnings.Add($"Where that matters, encode with {nameof(HuggingFaceTokenizer)} and pass the ids on (Generator.AppendTokens).");
        }
    }

    private static IEnumerable<string> PartsOfPreTokenizer(string path) =>
        JsonNode.Parse(File.ReadAllText(path))!["pre_tokenizer"]?["pretokenizers"] is JsonArray parts
            ? parts.Select(part => part!["type"]!.GetValue<string>())
            : [];
}

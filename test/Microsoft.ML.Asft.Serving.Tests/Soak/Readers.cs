using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Pipeline;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Training.Checkpointing;

namespace Microsoft.ML.Asft.Serving.Tests.Soak;

/// <summary>All that reads files and requests. A new reader is a line in <see cref="All"/>.</summary>
internal sealed class Readers : IDisposable
{
    private const double Usual = 1;
    private const double Seldom = 0.1;      // where a mutation takes milliseconds
    private static readonly string[] Modules = ["model.layers.0.self_attn.q_proj", "model.layers.11.mlp.up_proj", "lm_head", "", "."];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("asft-soak-");
    private readonly MLContext _mlContext = new();
    private readonly HttpClient _http;

    public Readers(Uri server, string model)
    {
        _http = new HttpClient { BaseAddress = server };
        All =
        [
            new("safetensors", Usual, Seeds.Safetensors, Mutator.Safetensors, IsSafetensors, input => Read("x.safetensors", input, ReadTensors), "x.safetensors"),
            new("safetensors index", Usual, Seeds.Index, Mutator.Json, IsObject, ReadIndex, "model.safetensors"),
            new("config.json", Usual, Seeds.Configs, Mutator.Json, IsObject, input => Read("config.json", input, ReadConfig), "config.json"),
            new("generation_config.json", Seldom, Seeds.GenerationConfigs, Mutator.Json, IsObject, ReadGenerationConfig, "config.json"),
            new("adapter_config.json", Usual, Seeds.AdapterConfigs, Mutator.Json, IsObject, input => Read("adapter_config.json", input, ReadAdapterConfig), "adapter_config.json"),
            new("adapter_model.safetensors", Usual, Seeds.Adapters, Mutator.Safetensors, IsSafetensors, input => Read("adapter_model.safetensors", input, ReadAdapter), "adapter_model.safetensors"),
            new("tokenizer.json", Usual, Seeds.Tokenizers, Mutator.Json, IsObject, input => Read("tokenizer.json", input, _ => Encode(folder: null)), "tokenizer.json"),
            new("tokenizer_config.json", Seldom, Seeds.TokenizerConfigs, Mutator.Json, IsObject, ReadTokenizerConfig, "tokenizer_config.json", "tokenizer.json", "template"),
            new("SentencePiece", Usual, Seeds.SentencePieces, Mutator.Protobuf, input => Mutator.Fields(input) is not null, ReadSentencePiece, "tokenizer.model"),
            new("chat template", Usual, Seeds.Templates, Mutator.Jinja, IsTemplate, ReadTemplate, "tokenizer_config.json", "template", "message"),
            new("JSON Lines", Usual, Seeds.JsonLines, Mutator.JsonLines, IsJsonLines, input => ReadRows(input, model), "x.jsonl", "Row ", "row"),
            new("JSON list", Seldom, Seeds.JsonLists, Mutator.Json, IsList, input => ReadTable("x.json", input), "x.json"),
            new("CSV", Usual, Seeds.Tables, Mutator.Bytes, input => input.Length > 0, input => ReadTable("x.csv", input), "x.csv"),
            new("Parquet", Usual, Seeds.ParquetFiles, Mutator.Bytes, IsParquet, input => ReadTable("x.parquet", input), "x.parquet"),
            new("model file's settings", Usual, Seeds.Settings, Mutator.Json, IsObject, ReadSettings, "settings"),
            new("trainer_state.json", Seldom, Seeds.TrainerStates, Mutator.Json, IsObject, input => Read("trainer_state.json", input, path => TrainingCheckpoint.ReadState(Path.GetDirectoryName(path)!)), "trainer_state.json"),
            new("HTTP chat", Seldom, Seeds.ChatBodies, Mutator.Json, IsObject, input => Post("/v1/chat/completions", input), "'", "body", "model", "prompt"),
            new("HTTP text", Seldom, Seeds.TextBodies, Mutator.Json, IsObject, input => Post("/v1/completions", input), "'", "body", "model", "prompt"),
        ];
    }

    public IReadOnlyList<Reader> All { get; }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private static bool IsObject(byte[] input)
    {
        try
        {
            using var json = JsonDocument.Parse(input);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsList(byte[] input)
    {
        try
        {
            using var json = JsonDocument.Parse(input);
            return json.RootElement.ValueKind == JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsParquet(byte[] input) => input.AsSpan().StartsWith("PAR1"u8) && input.AsSpan().EndsWith("PAR1"u8);

    private static bool IsSafetensors(byte[] input) => input.Length >= 8 && BinaryPrimitives.ReadInt64LittleEndian(input) is >= 2 and var length
        && length <= input.Length - 8 && IsObject(input[8..(int)(8 + length)]);

    private static bool IsJsonLines(byte[] input) => Encoding.UTF8.GetString(input).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .All(line => IsObject(Encoding.UTF8.GetBytes(line)));

    // Tags opened are closed, as far as counting tells.
    private static bool IsTemplate(byte[] input)
    {
        string text = Encoding.UTF8.GetString(input);
        return Count("{{") == Count("}}") && Count("{%") == Count("%}") && Count("{#") == Count("#}") && Count("if ") >= Count("endif");

        int Count(string part) => text.Split(part).Length - 1;
    }

    private static void ReadTensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        foreach (string name in file.Entries.Keys)
        {
            using var tensor = file.Read(name, TorchSharp.torch.ScalarType.Float32);
        }
    }

    private static void ReadConfig(string path)
    {
        var config = ModelConfig.Load(Path.GetDirectoryName(path)!);
        for (int layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            config.UsesSlidingWindow(layer);
        }

        config.ToJson();
    }

    private static void ReadAdapterConfig(string path)
    {
        var config = AdapterConfig.Load(Path.GetDirectoryName(path)!);
        foreach (string module in Modules)
        {
            config.Matches(module);
            config.ScaleOf(module);
        }
    }

    private static void ReadAdapter(string path)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        var tensors = new AdapterTensors(file);
        tensors.Take("model.layers.0.self_attn.q_proj", "lora_A.weight", [2, 3]);
        tensors.Take("model.layers.0.self_attn.q_proj", "lora_B.weight", [3, 2]);
        tensors.RefuseRest(["lm_head"], name => name == "lm_head.weight" ? TorchSharp.torch.zeros(2, 2) : null);
    }

    private static void ReadSettings(byte[] input)
    {
        var saved = SavedPipeline.Parse(Encoding.UTF8.GetString(input));
        saved.ToOptions("model");
        if (saved.Adapter is { } adapter)
        {
            AdapterConfig.Parse(Encoding.UTF8.GetBytes(adapter), "the settings");
        }
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private void Read(string name, byte[] input, Action<string> read)
    {
        File.WriteAllBytes(PathOf(name), input);
        read(PathOf(name));
    }

    private void ReadIndex(byte[] input)
    {
        string folder = Directory.CreateDirectory(PathOf("sharded")).FullName;
        Seeds.WriteShards(folder);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors.index.json"), input);
        using var source = TensorSource.Open(folder);
        foreach (string name in source.Names)
        {
            using var tensor = source.Read(name);
        }
    }

    private void ReadGenerationConfig(byte[] input)
    {
        string folder = Directory.CreateDirectory(PathOf("generation")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "config.json"), Seeds.Configs[0]);
        File.WriteAllBytes(Path.Combine(folder, "generation_config.json"), input);
        ModelConfig.Load(folder);
    }

    private void Encode(string? folder)
    {
        var tokenizer = HuggingFaceTokenizer.Load(folder ?? _folder.FullName);
        var ids = tokenizer.EncodeToIds("Hello wörld, <s> 12 🙂", addSpecialTokens: true);
        tokenizer.Decode(ids);
    }

    private void ReadTokenizerConfig(byte[] input)
    {
        string folder = Directory.CreateDirectory(PathOf("configured")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.json"), Seeds.Tokenizers[0]);
        File.WriteAllBytes(Path.Combine(folder, "tokenizer_config.json"), input);
        Encode(folder);
        PromptTemplate.Create("auto", folder).RenderText(Seeds.Conversation, addGenerationPrompt: true);
    }

    private void ReadSentencePiece(byte[] input)
    {
        string folder = Directory.CreateDirectory(PathOf("pieces")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), input);
        Encode(folder);
    }

    private void ReadTemplate(byte[] input)
    {
        string folder = Directory.CreateDirectory(PathOf("template")).FullName;
        var config = new JsonObject { ["chat_template"] = Encoding.UTF8.GetString(input), ["eos_token"] = "</s>" };
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config.ToJsonString());
        var template = PromptTemplate.Create("auto", folder);
        template.RenderText(Seeds.Conversation, addGenerationPrompt: true);
        template.Render(Seeds.Conversation, addGenerationPrompt: false);
    }

    private void ReadRows(byte[] input, string model) => Read("x.jsonl", input, path =>
    {
        var options = new AsftOptions { ModelPath = model, Template = "plain", MaxLength = 64 };
        foreach (var example in _mlContext.Data.EncodeForAsft(_mlContext.Data.LoadAsftData(path), options))
        {
            _ = example.Labels.Length;
        }
    });

    private void ReadTable(string name, byte[] input) => Read(name, input, path =>
    {
        var data = _mlContext.Data.LoadAsftData(path);
        using var cursor = data.GetRowCursor(data.Schema);
        ValueGetter<ReadOnlyMemory<char>>[] getters = [.. data.Schema.Select(column => cursor.GetGetter<ReadOnlyMemory<char>>(column))];
        ReadOnlyMemory<char> value = default;
        while (cursor.MoveNext())
        {
            Array.ForEach(getters, getter => getter(ref value));
        }
    });

    // An answer must be well-formed, and one that refuses is as an exception would be.
    private void Post(string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        using var response = _http.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        string text = reader.ReadToEnd();
        if ((int)response.StatusCode >= 500)
        {
            throw new InvalidOperationException($"{(int)response.StatusCode}: {text}");
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new InvalidDataException((string?)JsonNode.Parse(text)!["error"]!["message"]);
        }

        if (response.Content.Headers.ContentType!.MediaType == "application/json")
        {
            _ = JsonNode.Parse(text)!["choices"]![0]!["finish_reason"]!.GetValue<string>();
        }
        else if (!text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The stream has no end: {text}");
        }
    }
}

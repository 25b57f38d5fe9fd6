using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Pipeline;

/// <summary>What ML.NET's model file holds of a transformer besides the trained tensors, as JSON.</summary>
internal sealed record SavedPipeline
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public required string ModelPath { get; init; }

    public required string Fingerprint { get; init; }

    public required bool ResizeEmbedding { get; init; }

    public required string PromptColumnName { get; init; }

    public required string ResponseColumnName { get; init; }

    public string? InputColumnName { get; init; }

    public string? SystemColumnName { get; init; }

    public string? MessagesColumnName { get; init; }

    public string? ToolsColumnName { get; init; } = "tools";

    public string? TemplateArgumentsColumnName { get; init; } = "chat_template_kwargs";

    public string? WeightColumnName { get; init; }

    public bool TrainOnPrompt { get; init; }

    public TrainedTurns TrainedTurns { get; init; }

    public bool TrainOnThinking { get; init; } = true;

    public required string OutputColumnName { get; init; }

    public required string Template { get; init; }

    public required AsftObjective Objective { get; init; }

    public required double KlWeight { get; init; }

    public required KlDirection KlDirection { get; init; }

    public double? WeightExponent { get; init; }

    public required int MaxLength { get; init; }

    public required ModelPrecision Precision { get; init; }

    public string? TokenCountColumnName { get; init; }

    public string? MeanLogProbabilityColumnName { get; init; }

    public string? FinishReasonColumnName { get; init; }

    public required GenerationOptions Generation { get; init; }

    /// <summary>PEFT's adapter_config.json, where there are adapters.</summary>
    public string? Adapter { get; init; }

    public static SavedPipeline Of(AsftOptions options, LoadedModel loaded) => new()
    {
        ModelPath = loaded.Folder!,
        Fingerprint = loaded.Fingerprint!,
        ResizeEmbedding = options.ResizeEmbedding,
        PromptColumnName = options.PromptColumnName,
        ResponseColumnName = options.ResponseColumnName,
        InputColumnName = options.InputColumnName,
        SystemColumnName = options.SystemColumnName,
        MessagesColumnName = options.MessagesColumnName,
        ToolsColumnName = options.ToolsColumnName,
        TemplateArgumentsColumnName = options.TemplateArgumentsColumnName,
        WeightColumnName = options.WeightColumnName,
        TrainOnPrompt = options.TrainOnPrompt,
        TrainedTurns = options.TrainedTurns,
        TrainOnThinking = options.TrainOnThinking,
        OutputColumnName = options.OutputColumnName,
        Template = options.Template,
        Objective = options.Objective,
        KlWeight = options.KlWeight,
        KlDirection = options.KlDirection,
        WeightExponent = options.WeightExponent,
        MaxLength = options.MaxLength,
        Precision = options.Precision,
        TokenCountColumnName = options.TokenCountColumnName,
        MeanLogProbabilityColumnName = options.MeanLogProbabilityColumnName,
        FinishReasonColumnName = options.FinishReasonColumnName,
        Generation = options.Generation,
        Adapter = loaded.Adapters?.Config.ToJson(),
    };

    public static SavedPipeline Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<SavedPipeline>(json, Json) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw Damaged(error);
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public AsftOptions ToOptions(string modelPath)
    {
        var options = new AsftOptions
        {
            ModelPath = modelPath,
            ResizeEmbedding = ResizeEmbedding,
            PromptColumnName = PromptColumnName,
            ResponseColumnName = ResponseColumnName,
            InputColumnName = InputColumnName,
            SystemColumnName = SystemColumnName,
            MessagesColumnName = MessagesColumnName,
            ToolsColumnName = ToolsColumnName,
            TemplateArgumentsColumnName = TemplateArgumentsColumnName,
            WeightColumnName = WeightColumnName,
            TrainOnPrompt = TrainOnPrompt,
            TrainedTurns = TrainedTurns,
            TrainOnThinking = TrainOnThinking,
            OutputColumnName = OutputColumnName,
            Template = Template,
            Objective = Objective,
            KlWeight = KlWeight,
            KlDirection = KlDirection,
            WeightExponent = WeightExponent,
            MaxLength = MaxLength,
            Precision = Precision,
            TokenCountColumnName = TokenCountColumnName,
            MeanLogProbabilityColumnName = MeanLogProbabilityColumnName,
            FinishReasonColumnName = FinishReasonColumnName,
            Generation = Generation,
        };
        try
        {
            OptionsCheck.Validate(options);
            return options;
        }
        catch (ArgumentException error)
        {
            throw Damaged(error);
        }
    }

    private static InvalidDataException Damaged(Exception error) =>
        new($"The model file's settings of the ASFT transformer are damaged: {error.Message.TrimEnd('.')}. Save the transformer again.", error);

    // Of the kind that the model file has, so that the two can be compared.
    private string FingerprintLike(string folder) => Checkpoints.Fingerprints.Fingerprint.Short(
        Checkpoints.Fingerprints.Fingerprint.IsOlder(Fingerprint) ? SampledFingerprint.OfModel(folder) : Checkpoints.Fingerprints.Fingerprint.OfModel(folder));

    /// <summary>Finds the base model: at the stored path, else by its folder's name below <c>ASFT_MODEL_HOME</c>.</summary>
    /// <exception cref="InvalidDataException">It is at neither place, or what is there is another model.</exception>
    public string FindBaseModel()
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(ModelPath));
        string? home = Environment.GetEnvironmentVariable("ASFT_MODEL_HOME");
        string[] places = string.IsNullOrEmpty(home) ? [ModelPath] : [ModelPath, Path.Combine(home, name)];
        var found = places.Where(place => File.Exists(Path.Combine(place, ModelConfig.FileName))).ToArray();
        foreach (string place in found)
        {
            if (Checkpoints.Fingerprints.Fingerprint.Matches(place, Fingerprint))
            {
                return place;
            }
        }

        throw new InvalidDataException(found.Length == 0
            ? $"The base model '{name}' (fingerprint {Checkpoints.Fingerprints.Fingerprint.Short(Fingerprint)}) that the model file was made from is not at {string.Join(" nor at ", places)}. "
                + "Put it there, or set ASFT_MODEL_HOME to the folder that holds it."
            : $"The model at {string.Join(" and at ", found)} (fingerprint {FingerprintLike(found[0])}) is not the base model "
                + $"'{name}' (fingerprint {Checkpoints.Fingerprints.Fingerprint.Short(Fingerprint)}) that the model file was made from. Put that one there, or set ASFT_MODEL_HOME.");
    }
}

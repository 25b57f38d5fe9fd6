using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Families;
using Microsoft.ML.Asft.Modeling.Operators.FeedForward;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>
/// The configuration of a model: the <c>config.json</c> of a Hugging Face folder whose <c>model_type</c> is one of
/// <see cref="ModelTypes"/>, with defaults filled in and the family's traits as properties.
/// </summary>
/// <remarks>
/// Use <see cref="Load"/> or <see cref="Create"/> to make one. A <see langword="with"/> expression changes it, and
/// <see cref="ToJson"/> checks it again. Unknown settings are kept and written back.
/// </remarks>
// The type is longer than others because each setting of each family is a property.
public sealed record ModelConfig
{
    /// <summary>The name of the file within a model's folder.</summary>
    public const string FileName = "config.json";

    internal ModelConfig()
    {
    }

    /// <summary>Gets the supported families, by their <c>model_type</c>.</summary>
    public static IReadOnlyList<string> ModelTypes { get; } = [.. ModelFamily.All.Select(family => family.ModelType)];

    /// <summary>Gets the family, one of <see cref="ModelTypes"/>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Gets the number of rows of the embedding; the tokenizer may use fewer.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Gets the width H of the hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Gets the inner width of the feed-forward blocks.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Gets the number of decoder layers.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Gets the number of query heads.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>Gets the number of key and value heads, a divisor of <see cref="NumAttentionHeads"/>.</summary>
    public required int NumKeyValueHeads { get; init; }

    /// <summary>Gets the width of a head; even.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Gets the number of positions that the model was made for.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    /// <summary>Gets the epsilon under the root of each normalisation. The default value is 1e-6.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>Gets the base of the rotary frequencies. The default value is 10000.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Gets the scaling of the rotary frequencies; <see langword="null"/>, the default, for none.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Gets whether the head shares the embedding's weight. The default value is <see langword="false"/>.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>
    /// Gets whether the query, key and value projections have biases: always in qwen2, never in mistral, else by
    /// <c>attention_bias</c>.
    /// </summary>
    public bool AttentionBias { get; init; }

    /// <summary>Gets whether the attention's output projection has a bias: never in qwen2 and mistral, else by <c>attention_bias</c>.</summary>
    public bool OutputProjectionBias { get; init; }

    /// <summary>Gets whether the feed-forward projections have biases (<c>mlp_bias</c> of llama).</summary>
    public bool MlpBias { get; init; }

    /// <summary>
    /// Gets whether queries and keys are normalised before they are rotated: each head, as in qwen3, or all heads together with
    /// <see cref="NormalizesWholeProjection"/>.
    /// </summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>Gets whether <see cref="QueryKeyNorm"/> takes all heads together, as in olmo2. The default value is <see langword="false"/>.</summary>
    public bool NormalizesWholeProjection { get; init; }

    /// <summary>
    /// Gets for each layer whether its attention rotates queries and keys by their positions; <see langword="null"/>, the default, if
    /// every layer does.
    /// </summary>
    public IReadOnlyList<bool>? RotaryLayers { get; init; }

    /// <summary>
    /// Gets whether layers with a sliding window rotate by the plain frequencies, without <see cref="RopeScaling"/>, as in olmo3. The
    /// default value is <see langword="false"/>.
    /// </summary>
    public bool PlainRotaryInWindows { get; init; }

    /// <summary>
    /// Gets the base of the rotary frequencies in layers with a sliding window, as in gemma3_text; <see langword="null"/>, the default, for
    /// <see cref="RopeTheta"/>.
    /// </summary>
    public double? WindowRopeTheta { get; init; }

    /// <summary>
    /// Gets the part of a head that is rotated, as in Phi-4-mini (<c>partial_rotary_factor</c>): the first numbers, and the others do not change.
    /// The default value is 1.
    /// </summary>
    public double PartialRotaryFactor { get; init; } = 1;

    /// <summary>Gets whether query, key and value are one fused projection, and gate and up another, as in phi3.</summary>
    public bool FusesProjections { get; internal init; }

    /// <summary>Gets the number of a head's numbers that are rotated.</summary>
    public int RotaryDim => (int)(HeadDim * PartialRotaryFactor);

    /// <summary>Gets the settings of experts, as in mixtral. The default is <see langword="null"/>: there are none.</summary>
    public ExpertSettings? Experts { get; init; }

    /// <summary>Gets the names of experts in files.</summary>
    public ExpertNames ExpertNames { get; internal init; } = ExpertNames.Qwen;

    /// <summary>Gets the activation of the feed-forward block's gate.</summary>
    public GatedActivation Activation { get; internal init; }

    /// <summary>Gets whether the embedding is multiplied by the root of the hidden size, rounded to the model's number format.</summary>
    public bool ScalesEmbeddingByRoot { get; internal init; }

    /// <summary>Gets the number that is added to norms' weights.</summary>
    public double NormOffset { get; internal init; }

    /// <summary>Gets where layers normalise.</summary>
    public NormPlacement NormPlacement { get; internal init; } = NormPlacement.BeforeBody;

    /// <summary>Gets whether norms round to the model's number format after the multiplication by their weight, instead of before it.</summary>
    public bool NormsRoundLast { get; internal init; }

    /// <summary>Gets whether cosine and sine are float32 in a model of another number format.</summary>
    public bool RotatesInSingle { get; internal init; }

    /// <summary>Gets the factor of the embedding's rows, as in granite. The default value is 1.</summary>
    public double EmbeddingMultiplier { get; init; } = 1;

    /// <summary>
    /// Gets the factor of attention scores, as in granite; <see langword="null"/>, the default, for one over the square root of
    /// <see cref="HeadDim"/>.
    /// </summary>
    public double? AttentionMultiplier { get; init; }

    /// <summary>Gets the factor of a residual branch's output before it is added, as in granite. The default value is 1.</summary>
    public double ResidualMultiplier { get; init; } = 1;

    /// <summary>Gets the divisor of logits, as in granite. The default value is 1.</summary>
    public double LogitsScaling { get; init; } = 1;

    /// <summary>
    /// Gets the number whose square root attention scores are divided by, as in gemma2; <see langword="null"/>, the default, for
    /// <see cref="AttentionMultiplier"/> or its default.
    /// </summary>
    public double? QueryPreAttentionScalar { get; init; }

    /// <summary>Gets what attention scores are multiplied by.</summary>
    public double AttentionScale => AttentionMultiplier ?? 1 / Math.Sqrt(QueryPreAttentionScalar ?? HeadDim);

    /// <summary>Gets the soft cap c of attention scores, <c>c · tanh(score / c)</c>, as in gemma2; <see langword="null"/>, the default, for none.</summary>
    public double? AttentionSoftCap { get; init; }

    /// <summary>Gets the soft cap c of logits, <c>c · tanh(logit / c)</c>, as in gemma2; <see langword="null"/>, the default, for none.</summary>
    public double? LogitsSoftCap { get; init; }

    /// <summary>Gets the scale of queries by their position, as in ministral3; <see langword="null"/>, the default, for none.</summary>
    public QueryScaling? QueryScaling { get; init; }

    /// <summary>
    /// Gets the number of tokens that a token sees, itself included, in the layers of <see cref="UsesSlidingWindow"/>;
    /// <see langword="null"/> if every layer sees all.
    /// </summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Gets the first layer with a sliding window, if <see cref="LayerTypes"/> is not set.</summary>
    public int MaxWindowLayers { get; init; }

    /// <summary>Gets each layer's kind, <c>full_attention</c> or <c>sliding_attention</c>, if the file lists them.</summary>
    public IReadOnlyList<string>? LayerTypes { get; init; }

    /// <summary>Gets the id of the token that begins a text, if there is one.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Gets the ids that end a completion, from <c>generation_config.json</c> if it has them; possibly none.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Gets the id of the padding token, if there is one.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Gets the number format that the weights were published in. The default value is float32.</summary>
    public ScalarType TorchDtype { get; init; } = ScalarType.Float32;

    /// <summary>Gets the file that this was read from. Do not change it.</summary>
    internal JsonObject? Source { get; init; }

    /// <summary>
    /// Gets whether this is the text part of a larger model's configuration, so that the folder has its tensors under <c>language_model</c>.
    /// It is written as a separate model.
    /// </summary>
    internal bool IsTextPart { get; init; }

    /// <summary>Gets <see cref="EosTokenIds"/> if they came from <c>generation_config.json</c>; they are then written back only there.</summary>
    internal IReadOnlyList<int>? GenerationEosTokenIds { get; init; }

    /// <summary>Reads <c>config.json</c>, and the end tokens of <c>generation_config.json</c>.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="FileNotFoundException">The folder has no <c>config.json</c>.</exception>
    /// <exception cref="InvalidDataException">A file is not JSON, or a setting is missing or invalid.</exception>
    /// <exception cref="NotSupportedException">The model needs something that is not supported; the message names the setting.</exception>
    public static ModelConfig Load(string folder)
    {
        string generation = Path.Combine(folder, "generation_config.json");
        return ModelConfigReader.Read(
            JsonSettings.Load(Path.Combine(folder, FileName)), File.Exists(generation) ? JsonSettings.Load(generation) : null);
    }

    /// <summary>Makes the configuration of a new model, with the family's traits and everything else at its default.</summary>
    /// <param name="modelType">The family, one of <see cref="ModelTypes"/>.</param>
    /// <param name="vocabSize">The rows of the embedding.</param>
    /// <param name="hiddenSize">The width of the hidden states.</param>
    /// <param name="intermediateSize">The inner width of the feed-forward blocks.</param>
    /// <param name="numHiddenLayers">The number of decoder layers.</param>
    /// <param name="numAttentionHeads">The number of query heads.</param>
    /// <param name="numKeyValueHeads">The number of key and value heads, a divisor of <paramref name="numAttentionHeads"/>.</param>
    /// <param name="headDim">The width of a head; <c>hiddenSize / numAttentionHeads</c> if <see langword="null"/>.</param>
    /// <exception cref="InvalidDataException">The sizes do not fit together.</exception>
    /// <exception cref="NotSupportedException">There is no such family.</exception>
    public static ModelConfig Create(
        string modelType, int vocabSize, int hiddenSize, int intermediateSize, int numHiddenLayers, int numAttentionHeads,
        int numKeyValueHeads, int? headDim = null)
    {
        var family = ModelFamily.Get(modelType, FileName);
        var config = new ModelConfig
        {
            ModelType = modelType,
            VocabSize = vocabSize,
            HiddenSize = hiddenSize,
            IntermediateSize = intermediateSize,
            NumHiddenLayers = numHiddenLayers,
            NumAttentionHeads = numAttentionHeads,
            NumKeyValueHeads = numKeyValueHeads,
            HeadDim = headDim ?? ModelConfigChecks.HeadDimOf(FileName, hiddenSize, numAttentionHeads),
            MaxPositionEmbeddings = family.MaxPositionEmbeddings,
            RmsNormEps = family.RmsNormEps,
            RopeTheta = family.RopeTheta,
            TieWordEmbeddings = family.TieWordEmbeddings,
        };
        ModelConfigChecks.CheckSizes(config, FileName);
        foreach (var trait in family.Traits)
        {
            config = trait.Default(config);
        }

        ModelConfigChecks.Check(config, FileName);
        return config;
    }

    /// <summary>Whether a layer sees only the last <see cref="SlidingWindow"/> tokens.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public bool UsesSlidingWindow(int layer)
    {
        ModelConfigChecks.CheckLayer(this, layer);
        return SlidingWindow is not null && (LayerTypes is null ? layer >= MaxWindowLayers : LayerTypes[layer] == "sliding_attention");
    }

    /// <summary>Whether a layer's attention rotates queries and keys by their positions.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public bool UsesRotaryEmbedding(int layer)
    {
        ModelConfigChecks.CheckLayer(this, layer);
        return RotaryLayers?[layer] ?? true;
    }

    /// <summary>Whether a layer has experts.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public bool UsesExperts(int layer)
    {
        ModelConfigChecks.CheckLayer(this, layer);
        return Experts is { } experts && (layer + 1) % experts.LayerStep == 0 && !experts.DenseLayers.Contains(layer);
    }

    /// <summary>
    /// What the embedding's rows are multiplied by: <see cref="EmbeddingMultiplier"/>, or in a model that <see cref="ScalesEmbeddingByRoot"/> the root of
    /// <see cref="HiddenSize"/>, rounded to the embedding's number format.
    /// </summary>
    /// <param name="type">The embedding's number format.</param>
    public double EmbeddingScale(ScalarType type)
    {
        if (!ScalesEmbeddingByRoot)
        {
            return EmbeddingMultiplier;
        }

        using var scope = NewDisposeScope();
        return tensor(Math.Sqrt(HiddenSize)).to_type(type).to_type(ScalarType.Float64).item<double>();
    }

    /// <summary>Writes the configuration in transformers' format: the original file with the changes.</summary>
    /// <exception cref="InvalidDataException">A setting is invalid.</exception>
    public string ToJson()
    {
        ModelConfigChecks.Check(this, FileName);
        return ModelConfigWriter.Write(this);
    }
}

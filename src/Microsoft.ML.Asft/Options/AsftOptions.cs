using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// The options of <see cref="AsftEstimator"/>: which model, which loss, how long. Options that are rarely changed are in groups. Every option except
/// <see cref="ModelPath"/> has a default. The estimator does not copy the options, so do not change them while it fits.
/// </summary>
public sealed class AsftOptions
{
    /// <summary>Gets or sets the folder of the model to fine-tune: <c>config.json</c>, <c>*.safetensors</c>, <c>tokenizer.json</c>.</summary>
    /// <value>Required, unless the model is made in code. The default value is <see langword="null"/>.</value>
    [OptionScope]
    public string? ModelPath { get; set; }

    /// <summary>
    /// Gets or sets whether the model's embedding gets new rows if the tokenizer has more tokens than the embedding has rows. A new row is the
    /// mean of the old ones, as in the official trainer. If this is off, such a tokenizer is an error.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Saved = true)]
    public bool ResizeEmbedding { get; set; }

    /// <summary>Gets or sets the folder of a PEFT adapter to continue from. It replaces <see cref="Lora"/>.</summary>
    /// <value>The default value is <see langword="null"/>: new adapters, which do not change the model before the first step.</value>
    [OptionScope]
    public string? AdapterPath { get; set; }

    /// <summary>
    /// Gets or sets the name of the prompt template: one of <see cref="PromptTemplate.Names"/>, or <c>auto</c> for the model's
    /// own template. <see cref="PromptTemplate"/> overrides it.
    /// </summary>
    /// <value>The default value is <c>auto</c>.</value>
    [OptionScope(Saved = true)]
    [Required]
    public string Template { get; set; } = "auto";

    /// <summary>Gets or sets your own prompt template.</summary>
    /// <value>The default value is <see langword="null"/>: the template that <see cref="Template"/> names.</value>
    [OptionScope]
    public PromptTemplate? PromptTemplate { get; set; }

    /// <summary>Gets how rows are read and which of their tokens are trained on.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>Gets or sets the maximum length of a row in tokens, prompt and response together.</summary>
    /// <value>2 or more. The default value is 1024.</value>
    [OptionScope(Saved = true)]
    [Range(2, 1 << 24)]
    public int MaxLength { get; set; } = 1024;

    /// <summary>Gets or sets the loss.</summary>
    /// <value>The default value is <see cref="AsftObjective.Asft"/>.</value>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    public AsftObjective Objective { get; set; } = AsftObjective.Asft;

    /// <summary>Gets or sets λ, the weight of the KL anchor in <see cref="AsftObjective.Asft"/> and <see cref="AsftObjective.SftKl"/>.</summary>
    /// <value>0 or more. The default value is 0.05, the paper's.</value>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 1e6)]
    public double KlWeight { get; set; } = 0.05;

    /// <summary>Gets the details of the loss, besides <see cref="AsftOptions.Objective"/> and <see cref="AsftOptions.KlWeight"/>.</summary>
    public LossOptions Loss { get; init; } = new();

    /// <summary>Gets where the hidden states of the anchor's reference come from.</summary>
    public ReferenceOptions Reference { get; init; } = new();

    /// <summary>Gets or sets the adapters to train, or <see langword="null"/> to train every parameter of the model.</summary>
    /// <value>The default value is rank 8, α 16, dropout 0.05 on <c>q_proj</c> and <c>v_proj</c>.</value>
    public LoraOptions? Lora { get; set; } = new();

    /// <summary>Gets whether the model's own parameters are trained, because there are no adapters.</summary>
    internal bool TrainsEveryParameter => Lora is null && AdapterPath is null;

    /// <summary>
    /// Gets or sets the modules that are not trained if <see cref="Lora"/> is <see langword="null"/>: parts of the names of parameters, such
    /// as <c>embed_tokens</c>, <c>layers.0</c>, <c>layers.0-3</c> or <c>mlp</c>. With adapters the whole base model is frozen anyway.
    /// </summary>
    /// <value>The default value is empty.</value>
    [OptionScope]
    [Required]
    public IList<string> FrozenModules { get; set; } = [];

    /// <summary>
    /// Gets or sets α of NEFTune (arXiv 2310.05914). During training each embedding gets noise from U(−1, 1)·α/√(length·width), where length is
    /// the length of its example in tokens. The reference and the evaluation get no noise. A model made in code must implement
    /// <see cref="Modeling.IEmbeddingNoiseModel"/>.
    /// </summary>
    /// <value>0 to 1000; 5 is usual. The default value is 0: no noise.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 1000.0)]
    public double NeftuneAlpha { get; set; }

    /// <summary>Gets or sets the highest learning rate.</summary>
    /// <value>More than 0. The default value is 5e-4.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(double.Epsilon, 1e3)]
    public double LearningRate { get; set; } = 5e-4;

    /// <summary>Gets the options of the optimizer, besides <see cref="AsftOptions.LearningRate"/>.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Gets or sets the number of epochs: how many times each row is trained on.</summary>
    /// <value>1 or more. The default value is 3. <see cref="MaxSteps"/> overrides it.</value>
    [OptionScope]
    [Range(1, 1_000_000)]
    public int Epochs { get; set; } = 3;

    /// <summary>Gets or sets the number of optimizer steps. The data is repeated as often as they need.</summary>
    /// <value>1 or more, or <see langword="null"/> for <see cref="Epochs"/>. The default value is <see langword="null"/>.</value>
    [OptionScope]
    [Range(1, int.MaxValue)]
    public int? MaxSteps { get; set; }

    /// <summary>Gets or sets the number of rows that go through the model at once.</summary>
    /// <value>1 or more. The default value is 4.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    [Range(1, 65536)]
    public int BatchSize { get; set; } = 4;

    /// <summary>Gets how rows are combined into batches, besides <see cref="AsftOptions.BatchSize"/>.</summary>
    public BatchOptions Batches { get; init; } = new();

    /// <summary>Gets or sets the seed of shuffling, dropout and new adapters.</summary>
    /// <value>The default value is <see langword="null"/>: the seed of the <see cref="MLContext"/>, or 42 if it has none.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public int? Seed { get; set; }

    /// <summary>Gets the device and the processes that the model runs on.</summary>
    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Gets or sets the validation during fitting: on which rows and when, and whether fitting stops early.</summary>
    /// <value>By default there is no validation.</value>
    [Required]
    public ValidationOptions Validation { get; set; } = new();

    /// <summary>
    /// Gets or sets the folder that fitting writes to: <c>training_log.jsonl</c> with a line for each step,
    /// <c>validation_log.jsonl</c> with a line for each validation, <c>checkpoints/</c>, from which
    /// <see cref="CheckpointOptions.Resume"/> resumes, and at the end <c>report.html</c>.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: nothing is written.</value>
    [OptionScope(Workers = Comparison.MustBothBeSet)]
    public string? OutputFolder { get; set; }

    /// <summary>Gets or sets when fitting writes checkpoints to <see cref="OutputFolder"/>, and whether it resumes from them.</summary>
    /// <value>By default fitting writes a checkpoint at the end of each epoch and keeps the last three.</value>
    [Required]
    public CheckpointOptions Checkpoints { get; set; } = new();

    /// <summary>Gets how fitting reports its progress and results.</summary>
    public ReportingOptions Reporting { get; init; } = new();

    /// <summary>Gets or sets the text column that the transformer adds.</summary>
    /// <value>The default value is <c>completion</c>.</value>
    [OptionScope(Saved = true)]
    [Required]
    public string OutputColumnName { get; set; } = "completion";

    /// <summary>Gets further columns that the transformer adds, besides <see cref="AsftOptions.OutputColumnName"/>.</summary>
    public OutputColumnOptions OutputColumns { get; init; } = new();

    /// <summary>Gets or sets how completions are generated.</summary>
    /// <value>The default value is greedy decoding of at most 256 tokens.</value>
    [OptionScope(Saved = true)]
    public GenerationOptions Generation { get; set; } = new();

    /// <summary>Gets or sets a token that cancels fitting. Fitting stops between two steps with an <see cref="AsftInterruptedException"/>.</summary>
    /// <value>The default value is <see cref="CancellationToken.None"/>.</value>
    [OptionScope]
    public CancellationToken CancellationToken { get; set; }
}

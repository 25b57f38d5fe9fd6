using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// How <see cref="AsftEstimator"/> fine-tunes: which model, which loss, how long. What is seldom changed stands in groups. Everything but
/// <see cref="ModelPath"/> has a default. An estimator copies nothing: do not change the options while it fits.
/// </summary>
public sealed class AsftOptions
{
    /// <summary>Gets or sets the folder of the model to fine-tune: <c>config.json</c>, <c>*.safetensors</c>, <c>tokenizer.json</c>.</summary>
    /// <value>Required, unless a model is handed over in code. The default value is <see langword="null"/>.</value>
    [OptionScope]
    public string? ModelPath { get; set; }

    /// <summary>
    /// Gets or sets whether a tokenizer with more tokens than the model's embedding has rows makes it grow: new rows are the mean
    /// of the old ones, as the official trainer has it. Otherwise such a tokenizer is an error.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Saved = true)]
    public bool ResizeEmbedding { get; set; }

    /// <summary>Gets or sets the folder of a PEFT adapter to continue from; it replaces <see cref="Lora"/>.</summary>
    /// <value>The default value is <see langword="null"/>: new adapters, which change nothing before the first step.</value>
    [OptionScope]
    public string? AdapterPath { get; set; }

    /// <summary>
    /// Gets or sets the prompt template by name: one of <see cref="PromptTemplate.Names"/>, or <c>auto</c> for the model's
    /// own. <see cref="PromptTemplate"/> overrides it.
    /// </summary>
    /// <value>The default value is <c>auto</c>.</value>
    [OptionScope(Saved = true)]
    [Required]
    public string Template { get; set; } = "auto";

    /// <summary>Gets or sets a prompt template of your own.</summary>
    /// <value>The default value is <see langword="null"/>: the one that <see cref="Template"/> names.</value>
    [OptionScope]
    public PromptTemplate? PromptTemplate { get; set; }

    /// <summary>Gets how rows are read and which of their tokens are learnt.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>Gets or sets the longest row in tokens, prompt and response together.</summary>
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

    /// <summary>Gets the details of the loss beside <see cref="AsftOptions.Objective"/> and <see cref="AsftOptions.KlWeight"/>.</summary>
    public LossOptions Loss { get; init; } = new();

    /// <summary>Gets where the hidden states of the anchor's reference come from.</summary>
    public ReferenceOptions Reference { get; init; } = new();

    /// <summary>Gets or sets the adapters to train, or <see langword="null"/> to train every parameter of the model.</summary>
    /// <value>The default value is rank 8, α 16, dropout 0.05 on <c>q_proj</c> and <c>v_proj</c>.</value>
    public LoraOptions? Lora { get; set; } = new();

    /// <summary>
    /// Gets or sets the modules that stay as they are where every parameter is trained: parts of the names of parameters, such
    /// as <c>embed_tokens</c>, <c>layers.0</c>, <c>layers.0-3</c> or <c>mlp</c>. Adapters freeze all else anyway.
    /// </summary>
    /// <value>The default value is empty.</value>
    [OptionScope]
    [Required]
    public IList<string> FrozenModules { get; set; } = [];

    /// <summary>
    /// Gets or sets α of NEFTune (arXiv 2310.05914): while training, each embedding gets noise from U(−1, 1)·α/√(length·width), by
    /// the length of its own example in tokens. The reference and measurements get none. A model made in code must be an
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

    /// <summary>Gets how a step changes the parameters, beside <see cref="AsftOptions.LearningRate"/>.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Gets or sets how many times the data is gone through.</summary>
    /// <value>1 or more. The default value is 3. <see cref="MaxSteps"/> overrides it.</value>
    [OptionScope]
    [Range(1, 1_000_000)]
    public int Epochs { get; set; } = 3;

    /// <summary>Gets or sets the number of optimizer steps; the data is gone through as often as that takes.</summary>
    /// <value>1 or more, or <see langword="null"/> for <see cref="Epochs"/>. The default value is <see langword="null"/>.</value>
    [OptionScope]
    [Range(1, int.MaxValue)]
    public int? MaxSteps { get; set; }

    /// <summary>Gets or sets how many rows go through the model at once.</summary>
    /// <value>1 or more. The default value is 4.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    [Range(1, 65536)]
    public int BatchSize { get; set; } = 4;

    /// <summary>Gets how rows are put together into batches, beside <see cref="AsftOptions.BatchSize"/>.</summary>
    public BatchOptions Batches { get; init; } = new();

    /// <summary>Gets or sets the seed of shuffling, dropout and new adapters.</summary>
    /// <value>The default value is <see langword="null"/>: the seed of the <see cref="MLContext"/>, else 42.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public int? Seed { get; set; }

    /// <summary>Gets what the model runs on, and by how many processes.</summary>
    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Gets or sets on what and when fitting measures itself, and whether it then stops early.</summary>
    /// <value>The default value is not to.</value>
    [Required]
    public ValidationOptions Validation { get; set; } = new();

    /// <summary>
    /// Gets or sets the folder that fitting writes to while it runs: <c>training_log.jsonl</c>, a line for each step,
    /// <c>validation_log.jsonl</c>, a line for each measurement, and <c>checkpoints/</c>, from which
    /// <see cref="CheckpointOptions.Resume"/> continues.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: nothing is written.</value>
    [OptionScope(Workers = Comparison.MustBothBeSet)]
    public string? OutputFolder { get; set; }

    /// <summary>Gets or sets when fitting writes checkpoints to <see cref="OutputFolder"/>, and whether it resumes from them.</summary>
    /// <value>The default value is a checkpoint at the end of each epoch, of which the last three are kept.</value>
    [Required]
    public CheckpointOptions Checkpoints { get; set; } = new();

    /// <summary>Gets the receivers of what fitting reports.</summary>
    public ReportingOptions Reporting { get; init; } = new();

    /// <summary>Gets or sets the text column that the transformer adds.</summary>
    /// <value>The default value is <c>completion</c>.</value>
    [OptionScope(Saved = true)]
    [Required]
    public string OutputColumnName { get; set; } = "completion";

    /// <summary>Gets further columns that the transformer adds beside <see cref="AsftOptions.OutputColumnName"/>.</summary>
    public OutputColumnOptions OutputColumns { get; init; } = new();

    /// <summary>Gets or sets how completions are made.</summary>
    /// <value>The default value is greedy decoding of at most 256 tokens.</value>
    [OptionScope(Saved = true)]
    public GenerationOptions Generation { get; set; } = new();

    /// <summary>Gets or sets the token that stops fitting, between two steps, with an <see cref="AsftInterruptedException"/>.</summary>
    /// <value>The default value is <see cref="CancellationToken.None"/>.</value>
    [OptionScope]
    public CancellationToken CancellationToken { get; set; }
}

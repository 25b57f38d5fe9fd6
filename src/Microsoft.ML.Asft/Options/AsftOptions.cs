
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// How <see cref="AsftEstimator"/> fine-tunes: which model, which columns, which loss, how long. Everything but
/// <see cref="ModelPath"/> has a default. An estimator copies nothing: options must not change while it fits.
/// </summary>
public sealed class AsftOptions
{
    /// <summary>Gets or sets the folder of the model to fine-tune: <c>config.json</c>, <c>*.safetensors</c>, <c>tokenizer.json</c>.</summary>
    /// <value>Required, unless a model is handed over in code. The default value is <see langword="null"/>.</value>
    public string? ModelPath { get; set; }

    /// <summary>
    /// Gets or sets whether a tokenizer with more tokens than the model's embedding has rows makes it grow: new rows are the mean
    /// of the old ones, as the official trainer has it. Otherwise such a tokenizer is an error.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool ResizeEmbedding { get; set; }

    /// <summary>
    /// Gets or sets the text column with the prompt. Where it comes from a file, it may be a list of messages; the response is one too, then.
    /// </summary>
    /// <value>The default value is <c>instruction</c>; a row that has none is read from <c>prompt</c>.</value>
    [Required]
    public string PromptColumnName { get; set; } = "instruction";

    /// <summary>Gets or sets the text column with the demonstrated response; needed for fitting, not for completing.</summary>
    /// <value>The default value is <c>response</c>; a row that has none is read from <c>completion</c>, or <c>output</c>.</value>
    [Required]
    public string ResponseColumnName { get; set; } = "response";

    /// <summary>Gets or sets an optional text column with further input for the prompt; used when the data has it.</summary>
    /// <value>The default value is <c>input</c>.</value>
    public string? InputColumnName { get; set; } = "input";

    /// <summary>Gets or sets an optional text column with the system message; used when the data has it.</summary>
    /// <value>The default value is <c>system</c>.</value>
    public string? SystemColumnName { get; set; } = "system";

    /// <summary>
    /// Gets or sets an optional text column with whole conversations as JSON, <c>[{"role": …, "content": …}, …]</c>; used
    /// instead of the prompt and response columns when the data has it.
    /// </summary>
    /// <value>The default value is <c>messages</c>; a row that has none is read from <c>conversations</c>.</value>
    public string? MessagesColumnName { get; set; } = "messages";

    /// <summary>
    /// Gets or sets an optional text column with the tools of a conversation as JSON, <c>[{"type": "function", …}, …]</c>, for a chat
    /// template that writes them; used when the data has it. Another template refuses rows with tools.
    /// </summary>
    /// <value>The default value is <c>tools</c>.</value>
    public string? ToolsColumnName { get; set; } = "tools";

    /// <summary>
    /// Gets or sets an optional text column with further variables for a chat template as JSON, <c>{"enable_thinking": false}</c>; used
    /// when the data has it. A variable that the template does not read is refused.
    /// </summary>
    /// <value>The default value is <c>chat_template_kwargs</c>.</value>
    public string? TemplateArgumentsColumnName { get; set; } = "chat_template_kwargs";

    /// <summary>
    /// Gets or sets a column with a weight for each row, more than 0: a number, or text that is one. The loss is then the weighted
    /// mean over labelled tokens. A column of this name must be there for fitting.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: all rows weigh the same.</value>
    public string? WeightColumnName { get; set; }

    /// <summary>Gets or sets the text column that the transformer adds.</summary>
    /// <value>The default value is <c>completion</c>.</value>
    [Required]
    public string OutputColumnName { get; set; } = "completion";

    /// <summary>Gets or sets the column (<see cref="int"/>) that the transformer adds with the number of tokens of the completion.</summary>
    /// <value>The default value is <see langword="null"/>: none.</value>
    public string? TokenCountColumnName { get; set; }

    /// <summary>
    /// Gets or sets the column (<see cref="float"/>) that the transformer adds with the mean log-probability of the completion's tokens.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: none.</value>
    public string? MeanLogProbabilityColumnName { get; set; }

    /// <summary>Gets or sets the text column that the transformer adds with why the completion ended: <c>stop</c> or <c>length</c>.</summary>
    /// <value>The default value is <see langword="null"/>: none.</value>
    public string? FinishReasonColumnName { get; set; }

    /// <summary>
    /// Gets or sets the prompt template by name: one of <see cref="PromptTemplate.Names"/>, or <c>auto</c> for the model's
    /// own. <see cref="PromptTemplate"/> overrides it.
    /// </summary>
    /// <value>The default value is <c>auto</c>.</value>
    [Required]
    public string Template { get; set; } = "auto";

    /// <summary>Gets or sets a prompt template of your own.</summary>
    /// <value>The default value is <see langword="null"/>: the one that <see cref="Template"/> names.</value>
    public PromptTemplate? PromptTemplate { get; set; }

    /// <summary>Gets or sets the loss.</summary>
    /// <value>The default value is <see cref="AsftObjective.Asft"/>.</value>
    public AsftObjective Objective { get; set; } = AsftObjective.Asft;

    /// <summary>Gets or sets λ, the weight of the KL anchor in <see cref="AsftObjective.Asft"/> and <see cref="AsftObjective.SftKl"/>.</summary>
    /// <value>0 or more. The default value is 0.05, the paper's.</value>
    [Range(0.0, 1e6)]
    public double KlWeight { get; set; } = 0.05;

    /// <summary>Gets or sets the direction of the anchor's divergence.</summary>
    /// <value>The default value is <see cref="KlDirection.Forward"/>.</value>
    public KlDirection KlDirection { get; set; } = KlDirection.Forward;

    /// <summary>
    /// Gets or sets α in a token's weight, sg[p]^α: 0 weighs every token alike, as SFT does; 1 by its probability, as DFT and ASFT do. Below 1,
    /// tokens that the model holds unlikely are learnt faster.
    /// </summary>
    /// <value>0 or more. The default value is <see langword="null"/>: the <see cref="Objective"/>'s own, 0 or 1.</value>
    [Range(0.0, 100)]
    public double? WeightExponent { get; set; }

    /// <summary>
    /// Gets or sets over how many optimizer steps α rises linearly from 0 to its value, so that training begins as SFT does. A token that the
    /// model holds impossible has no gradient under p-weighted losses; a warm start teaches it first.
    /// </summary>
    /// <value>0 or more. The default value is 0: no warm start.</value>
    [Range(0, int.MaxValue)]
    public int WarmStartSteps { get; set; }

    /// <summary>Gets or sets a loss of your own, which then replaces <see cref="Objective"/>.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    public TokenObjective? TokenObjective { get; set; }

    /// <summary>Gets or sets where the anchor's reference comes from.</summary>
    /// <value>The default value is <see cref="ReferenceStrategy.Auto"/>.</value>
    public ReferenceStrategy Reference { get; set; } = ReferenceStrategy.Auto;

    /// <summary>Gets or sets the most bytes that <see cref="ReferenceStrategy.Cached"/> may take.</summary>
    /// <value>0 or more. The default value is 4 GiB.</value>
    [Range(0, long.MaxValue)]
    public long ReferenceCacheBytes { get; set; } = 4L << 30;

    /// <summary>
    /// Gets or sets the file that <see cref="ReferenceStrategy.Cached"/> is kept in, memory-mapped. A later run with the same
    /// model, data and encoding takes it over; one made of anything else is replaced.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: the cache is kept in memory and gone after fitting.</value>
    public string? ReferenceCachePath { get; set; }

    /// <summary>Gets or sets the adapters to train, or <see langword="null"/> to train every parameter of the model.</summary>
    /// <value>The default value is rank 8, α 16, dropout 0.05 on <c>q_proj</c> and <c>v_proj</c>.</value>
    public LoraOptions? Lora { get; set; } = new();

    /// <summary>Gets or sets the folder of a PEFT adapter to go on from; it replaces <see cref="Lora"/>.</summary>
    /// <value>The default value is <see langword="null"/>: new adapters, which change nothing before the first step.</value>
    public string? AdapterPath { get; set; }

    /// <summary>
    /// Gets or sets the modules that stay as they are where every parameter is trained: parts of the names of parameters, such
    /// as <c>embed_tokens</c>, <c>layers.0</c>, <c>layers.0-3</c> or <c>mlp</c>. Adapters freeze all else anyway.
    /// </summary>
    /// <value>The default value is empty.</value>
    [Required]
    public IList<string> FrozenModules { get; set; } = [];

    /// <summary>Gets or sets the highest learning rate.</summary>
    /// <value>More than 0. The default value is 5e-4.</value>
    [Range(double.Epsilon, 1e3)]
    public double LearningRate { get; set; } = 5e-4;

    /// <summary>Gets or sets how the learning rate falls.</summary>
    /// <value>The default value is <see cref="LearningRateSchedule.Cosine"/>.</value>
    public LearningRateSchedule Schedule { get; set; } = LearningRateSchedule.Cosine;

    /// <summary>Gets or sets the share of all steps over which the learning rate climbs from zero.</summary>
    /// <value>0 to 1. The default value is 0.03.</value>
    [Range(0.0, 1.0)]
    public double WarmupRatio { get; set; } = 0.03;

    /// <summary>Gets or sets the number of steps over which the learning rate climbs, instead of <see cref="WarmupRatio"/>.</summary>
    /// <value>0 or more, or <see langword="null"/>. The default value is <see langword="null"/>.</value>
    [Range(0, int.MaxValue)]
    public int? WarmupSteps { get; set; }

    /// <summary>Gets or sets AdamW's decoupled weight decay; biases and normalisation weights are left out of it.</summary>
    /// <value>0 or more. The default value is 0.</value>
    [Range(0.0, 1e3)]
    public double WeightDecay { get; set; }

    /// <summary>Gets or sets AdamW's decay of the first moment.</summary>
    /// <value>0 to 1 (exclusive). The default value is 0.9.</value>
    [Range(0.0, 0.999999999)]
    public double AdamBeta1 { get; set; } = 0.9;

    /// <summary>Gets or sets AdamW's decay of the second moment.</summary>
    /// <value>0 to 1 (exclusive). The default value is 0.999.</value>
    [Range(0.0, 0.999999999)]
    public double AdamBeta2 { get; set; } = 0.999;

    /// <summary>Gets or sets what AdamW adds to the root of the second moment.</summary>
    /// <value>More than 0. The default value is 1e-8.</value>
    [Range(double.Epsilon, 1.0)]
    public double AdamEpsilon { get; set; } = 1e-8;

    /// <summary>Gets or sets the Euclidean norm to which a larger gradient is scaled down; 0 leaves it as it is.</summary>
    /// <value>0 or more. The default value is 1.</value>
    [Range(0.0, 1e9)]
    public double MaxGradNorm { get; set; } = 1.0;

    /// <summary>Gets or sets how many times the data is gone through.</summary>
    /// <value>1 or more. The default value is 3. <see cref="MaxSteps"/> overrides it.</value>
    [Range(1, 1_000_000)]
    public int Epochs { get; set; } = 3;

    /// <summary>Gets or sets the number of optimizer steps; the data is gone through as often as that takes.</summary>
    /// <value>1 or more, or <see langword="null"/> for <see cref="Epochs"/>. The default value is <see langword="null"/>.</value>
    [Range(1, int.MaxValue)]
    public int? MaxSteps { get; set; }

    /// <summary>Gets or sets how many rows go through the model at once.</summary>
    /// <value>1 or more. The default value is 4.</value>
    [Range(1, 65536)]
    public int BatchSize { get; set; } = 4;

    /// <summary>
    /// Gets or sets how many rows an optimizer step sees: gradients are accumulated over as many batches as that takes. The
    /// loss is the mean over all labelled tokens of these rows, however they are divided into batches.
    /// </summary>
    /// <value>At least <see cref="BatchSize"/>; <see langword="null"/>, the default value, means just that.</value>
    [Range(1, 1 << 20)]
    public int? GlobalBatchSize { get; set; }

    /// <summary>
    /// Gets or sets whether each layer is run again in the backward pass instead of keeping what it computed: far less memory
    /// for a third more arithmetic. A model made in code must be an <see cref="Modeling.ILayeredModel"/>.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool GradientCheckpointing { get; set; }

    /// <summary>
    /// Gets or sets whether the rows of a batch are laid end to end instead of padded to the longest: positions start again with
    /// each and none sees another, so that the result is the same. On the CPU a model from a folder is run so in any case,
    /// except with DoRA or <see cref="NeftuneAlpha"/>. A model made in code must be an <see cref="Modeling.IPackedModel"/>.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool Packing { get; set; }

    /// <summary>
    /// Gets or sets α of NEFTune (arXiv 2310.05914): while training, each embedding gets noise from U(−1, 1)·α/√(length·width), by
    /// the length of its own example in tokens. The reference and measurements get none. A model made in code must be an
    /// <see cref="Modeling.IEmbeddingNoiseModel"/>.
    /// </summary>
    /// <value>0 to 1000; 5 is usual. The default value is 0: no noise.</value>
    [Range(0.0, 1000.0)]
    public double NeftuneAlpha { get; set; }

    /// <summary>Gets or sets the longest row in tokens, prompt and response together.</summary>
    /// <value>2 or more. The default value is 1024.</value>
    [Range(2, 1 << 24)]
    public int MaxLength { get; set; } = 1024;

    /// <summary>Gets or sets what happens to longer rows.</summary>
    /// <value>The default value is <see cref="LongRowPolicy.Truncate"/>.</value>
    public LongRowPolicy LongRows { get; set; } = LongRowPolicy.Truncate;

    /// <summary>Gets or sets whether every token is trained on, the prompt's too.</summary>
    /// <value>The default value is <see langword="false"/>: responses alone.</value>
    public bool TrainOnPrompt { get; set; }

    /// <summary>Gets or sets which of the assistant's turns are learnt, of those that the row does not say otherwise of.</summary>
    /// <value>The default value is <see cref="TrainedTurns.All"/>.</value>
    public TrainedTurns TrainedTurns { get; set; } = TrainedTurns.All;

    /// <summary>Gets or sets whether the thought is learnt that an assistant's turn begins with, from <c>&lt;think&gt;</c> to <c>&lt;/think&gt;</c>.</summary>
    /// <value>The default value is <see langword="true"/>; otherwise it is only read.</value>
    public bool TrainOnThinking { get; set; } = true;

    /// <summary>Gets or sets the order in which rows are visited.</summary>
    /// <value>The default value is <see cref="BatchOrder.Shuffled"/>.</value>
    public BatchOrder Order { get; set; } = BatchOrder.Shuffled;

    /// <summary>Gets or sets what happens to a row that cannot be trained on, such as one with an empty response.</summary>
    /// <value>The default value is <see cref="RowPolicy.Refuse"/>.</value>
    public RowPolicy InvalidRows { get; set; } = RowPolicy.Refuse;

    /// <summary>Gets or sets the seed of shuffling, dropout and new adapters.</summary>
    /// <value>The default value is <see langword="null"/>: the seed of the <see cref="MLContext"/>, else 42.</value>
    public int? Seed { get; set; }

    /// <summary>Gets or sets the number format of the base model.</summary>
    /// <value>The default value is <see cref="ModelPrecision.Float32"/>.</value>
    public ModelPrecision Precision { get; set; } = ModelPrecision.Float32;

    /// <summary>Gets or sets the device: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    /// <value>
    /// The default value is <see langword="null"/>: <see cref="MLContext"/>'s <c>GpuDeviceId</c> where it is set, else the CPU.
    /// </value>
    public string? Device { get; set; }

    /// <summary>
    /// Gets or sets after how many steps in a row whose loss or gradient is not finite fitting stops with a diagnosis. Such a
    /// step changes nothing and is counted.
    /// </summary>
    /// <value>1 or more. The default value is 5.</value>
    [Range(1, int.MaxValue)]
    public int MaxSkippedSteps { get; set; } = 5;

    /// <summary>Gets or sets on what and when fitting measures itself, and whether it then stops early.</summary>
    /// <value>The default value is not to.</value>
    [Required]
    public ValidationOptions Validation { get; set; } = new();

    /// <summary>
    /// Gets or sets the folder that fitting writes to while it goes on: <c>training_log.jsonl</c>, a line for each step,
    /// <c>validation_log.jsonl</c>, a line for each measurement, and <c>checkpoints/</c>, from which
    /// <see cref="CheckpointOptions.Resume"/> goes on.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: nothing is written.</value>
    public string? OutputFolder { get; set; }

    /// <summary>
    /// Gets or sets for how many rows the report in <see cref="OutputFolder"/> has completions before and after: the first of the
    /// validation rows, or of the training rows where there are none.
    /// </summary>
    /// <value>0 to 100. The default value is 3.</value>
    [Range(0, 100)]
    public int SampleCompletions { get; set; } = 3;

    /// <summary>Gets or sets when fitting saves itself to <see cref="OutputFolder"/>, and whether it goes on from there.</summary>
    /// <value>The default value is a checkpoint at the end of each epoch, of which the last three are kept.</value>
    [Required]
    public CheckpointOptions Checkpoints { get; set; } = new();

    /// <summary>Gets or sets how completions are made.</summary>
    /// <value>The default value is greedy decoding of at most 256 tokens.</value>
    public GenerationOptions Generation { get; set; } = new();

    /// <summary>Gets or sets who is told of every optimizer step.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    public IProgress<AsftProgress>? Progress { get; set; }

    /// <summary>Gets or sets who is told of every measurement on the validation rows.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    public IProgress<AsftValidation>? ValidationProgress { get; set; }

    /// <summary>
    /// Gets or sets a logger that is told what <see cref="MLContext"/>'s log is told: steps at the level Debug, measurements and
    /// the run's course at Information, and what is wrong at Warning.
    /// </summary>
    /// <value>The default value is <see langword="null"/>.</value>
    public ILogger? Logger { get; set; }

    /// <summary>Gets or sets the processes that train this model together; every one of them fits the same data with the same options.</summary>
    /// <value>The default value is <see langword="null"/>: this process alone. <c>MpiWorkers</c> of Microsoft.ML.Asft.Mpi makes one.</value>
    public IWorkerGroup? Workers { get; set; }

    /// <summary>Gets or sets what the <see cref="Workers"/> divide among themselves when every parameter is trained.</summary>
    /// <value>The default value is <see cref="WorkerSharding.None"/>: each keeps all. With adapters there is little to divide, and it must be so.</value>
    public WorkerSharding Sharding { get; set; }

    /// <summary>Gets the workers, or the group of one.</summary>
    internal IWorkerGroup WorkerGroup => Workers ?? SingleWorker.Instance;

    /// <summary>Gets or sets the token that stops fitting, between two steps, with an <see cref="AsftInterruptedException"/>.</summary>
    /// <value>The default value is <see cref="CancellationToken.None"/>.</value>
    public CancellationToken CancellationToken { get; set; }
}

using System.CommandLine;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft train</c>: fine-tunes a model and writes the result into a folder.</summary>
internal sealed class TrainCommand : AsftCommand
{
    private readonly BoundOptions<AsftOptions> _options;
    private readonly InputRows _data = InputRows.Demonstrations();
    private readonly Option<string?> _output =
        SharedOptions.Output("DIR", "The folder for the adapter, pipeline.zip and training_log.jsonl.").Required();

    private readonly InputRows _evalData = new(
        "--eval-data", "--eval-split", "Rows to measure the model on while it trains (losses, perplexity, accuracy, KL to the base)");

    private readonly Option<bool> _full = SharedOptions.Flag("--full", "Train every parameter instead of an adapter.");
    private readonly Option<bool> _tensorBoard = SharedOptions.Flag("--tensorboard", "Write an event file for TensorBoard to the folder tensorboard in --output.");
    private readonly Option<int?> _threads = SharedOptions.Threads();
    private readonly WorkersOption _workers;
    private readonly Option<string> _objective;

    public TrainCommand()
        : base("train", "Fine-tunes a model on demonstrations.")
    {
        _options = new BoundOptions<AsftOptions>(this);
        _options.AddModel().Required();
        _data.Paths.Required();
        _data.AddTo(this);
        Add(_output);
        _objective = AddObjective();
        AddTrainedParameters();
        AddOptimization();
        AddValidation();
        AddCheckpoints();
        Add(_tensorBoard);
        _options.AddResizeEmbedding();
        _options.AddColumns();
        _options.AddTemplate();
        _options.AddRowLimits();
        _options.AddTurns();
        _options.Add("--weight-column", "NAME", "The field with the row's weight, a number above 0.", o => o.Data.WeightColumnName);
        _options.AddFlag("--train-on-prompt", "Train on every token, also those of the prompt.", o => o.Data.TrainOnPrompt);
        _options.AddPrecision();
        _options.Add("--seed", "N", "The seed for new adapters, dropout and shuffling. Without it: 42.", o => o.Seed);
        _options.AddDevice();
        Add(_threads);
        _workers = new WorkersOption(this, _threads, _data.Paths, _evalData.Paths);
        Add(new ConfigOption());
    }

    public override IReadOnlyList<string> Examples =>
    [
        "train --model models/Qwen2.5-0.5B --data train.jsonl --output out",
        "train --model models/Qwen2.5-0.5B --data train.jsonl --output out --objective sft --max-steps 100",
        "train --model models/small --data train.jsonl --output out --eval-fraction 0.05 --eval-steps 50 --save-steps 50 --resume",
        "train --model models/small --data train.jsonl --output out --full --dtype bfloat16 --learning-rate 2e-5",
        "train --model models/small --data datasets/ultrachat --split train_sft --turns last --output out",
        "train --config night.yaml --model models/small --data train.jsonl --output out",
        "train --model models/small --data - --output out --prompt-column question --response-column answer < train.jsonl",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken) =>
        _workers.Run(parse, workers => Run(parse, console, workers, cancellationToken));

    private void Run(ParseResult parse, CommandConsole console, IWorkerGroup? workers, CancellationToken cancellationToken)
    {
        var output = new TrainingOutput(parse.GetRequiredValue(_output)!);
        var mlContext = console.CreateContext();
        var (options, rows) = workers.RunOnAll(() => Prepare(parse, output, mlContext));
        (options.Runtime.Workers, options.CancellationToken) = (workers, cancellationToken);
        console.Note($"Fine-tuning {options.ModelPath} on {_data.Describe(parse)} with {parse.GetValue(_objective)}"
            + (workers is null ? "" : $", with {workers.Size} workers"));
        using var model = TrainingDisplay.Show(
            console,
            display =>
            {
                (options.Reporting.Progress, options.Reporting.ValidationProgress) =
                    (output.WithConfig(display, parse, isFirst: workers is null or { Rank: 0 }), display);
                return mlContext.Transforms.AsftFineTune(options).Fit(rows);
            },
            cancellationToken);
        workers.RunOnFirst(() => output.Save(mlContext, model, rows.Schema, isFull: options.Lora is null));
        new TrainingSummary(model.History, model.Validations, model.LoadedMemory, output.Folder).Write(console);
    }

    private (AsftOptions Options, IDataView Rows) Prepare(ParseResult parse, TrainingOutput output, MLContext mlContext)
    {
        var options = _options.Create(parse).CheckFolders();
        if (options.Batches.GlobalBatchSize % options.BatchSize > 0)
        {
            throw new CommandException(
                $"--global-batch-size is {options.Batches.GlobalBatchSize}; it must be a multiple of --batch-size, {options.BatchSize}.",
                ExitCode.WrongUsage);
        }

        output.Check(options);
        if (parse.GetValue(_full))
        {
            options.Lora = null;
        }

        options.WithAllLinear();
        options.OutputFolder = output.Folder;
        options.Reporting.TensorBoardFolder = parse.GetValue(_tensorBoard) ? Path.Combine(output.Folder, "tensorboard") : null;
        options.Validation.Data = _evalData.Load(parse, mlContext, options.Data.InvalidRows);
        return (options, _data.Load(parse, mlContext, options.Data.InvalidRows)!);
    }

    private Option<string> AddObjective()
    {
        var objective = _options.AddObjective();
        _options.Add("--warm-start-steps", "N", "Steps over which α rises from 0, so that tokens that the model finds nearly impossible are learnt too.", o => o.Loss.WarmStartSteps);
        _options.AddChoice(
            "--reference", "How the anchor's reference is computed. auto is cached, or adapter-off for one epoch with adapters.", o => o.Reference.Strategy,
            ("auto", ReferenceStrategy.Auto), ("adapter-off", ReferenceStrategy.AdapterOff), ("frozen", ReferenceStrategy.Frozen),
            ("cached", ReferenceStrategy.Cached));
        _options.Add("--reference-cache", "FILE", "Keep the cached reference in this file, for later runs too.", o => o.Reference.CachePath);
        _options.Add("--reference-cache-bytes", "N", "The maximum size of the cached reference in bytes.", o => o.Reference.CacheBytes);
        return objective;
    }

    private void AddTrainedParameters()
    {
        Option[] lora =
        [
            _options.Add("--lora-rank", "N", "The rank of the adapters.", o => o.Lora!.Rank),
            _options.Add("--lora-alpha", "X", "The adapters' update is scaled by alpha / rank.", o => o.Lora!.Alpha),
            _options.Add("--lora-dropout", "X", "The share of the adapters' inputs that is dropped in training.", o => o.Lora!.Dropout),
            _options.AddList(
                "--lora-targets", "NAMES", "The projections to adapt, separated by commas; or all-linear.", o => o.Lora!.TargetModules),
            _options.AddFlag("--use-rslora", "Scale the adapters' update by alpha / √rank (rsLoRA).", o => o.Lora!.UseRslora),
            _options.AddFlag(
                "--use-dora", "Train the magnitudes of the weight rows separately from their directions (DoRA).", o => o.Lora!.UseDora),
        ];
        var adapterIn = _options.Add("--adapter-in", "DIR", "Continue training this adapter, a PEFT folder.", o => o.AdapterPath);
        Add(_full);
        var frozen = _options.AddList(
            "--freeze", "NAMES", "With --full: modules that are not trained, such as embed_tokens,layers.0-3.", o => o.FrozenModules);
        this.Only(frozen, with: _full);
        var sharding = _options.AddChoice(
            "--sharding", "With --full: what is divided among workers: nothing, the optimizer's state and gradients, or also the layers' weights.",
            o => o.Runtime.Sharding, ("none", WorkerSharding.None), ("optimizer", WorkerSharding.Optimizer), ("parameters", WorkerSharding.Parameters));
        this.Only(sharding, with: _full);
        this.NeverWith(_full, [adapterIn, .. lora]);
        this.NeverWith(adapterIn, lora);
    }

    private void AddOptimization()
    {
        _options.Add("--learning-rate", "X", "The highest learning rate.", o => o.LearningRate);
        _options.AddChoice(
            "--optimizer", "The optimizer; lion needs a learning rate 3 to 10 times smaller.", o => o.Optimizer.Algorithm,
            ("adamw", OptimizerAlgorithm.AdamW), ("lion", OptimizerAlgorithm.Lion));
        _options.AddChoice(
            "--schedule", "The learning rate's schedule after warmup.", o => o.Optimizer.Schedule,
            ("cosine", LearningRateSchedule.Cosine), ("linear", LearningRateSchedule.Linear), ("constant", LearningRateSchedule.Constant));
        _options.Add(
            "--warmup-ratio", "X", "The share of the steps over which the learning rate rises from zero.", o => o.Optimizer.WarmupRatio);
        _options.Add("--warmup-steps", "N", "The number of warmup steps, instead of --warmup-ratio.", o => o.Optimizer.WarmupSteps);
        _options.Add("--weight-decay", "X", "Decoupled weight decay.", o => o.Optimizer.WeightDecay);
        _options.Add("--max-grad-norm", "X", "Scale larger gradients down to this norm; 0 turns this off.", o => o.Optimizer.MaxGradNorm);
        _options.Add("--adam-beta1", "X", "AdamW's decay of the first moment; Lion's share of the momentum in a step.", o => o.Optimizer.Beta1);
        _options.Add("--adam-beta2", "X", "AdamW's decay of the second moment; Lion's of its momentum.", o => o.Optimizer.Beta2);
        _options.Add("--adam-epsilon", "X", "AdamW's epsilon, added to the root of the second moment.", o => o.Optimizer.Epsilon);
        _options.Add("--max-skipped-steps", "N", "Stop after N steps in a row whose loss or gradient is not finite.", o => o.Optimizer.MaxSkippedSteps);
        _options.Add("--epochs", "N", "The number of passes over the data.", o => o.Epochs);
        _options.Add("--max-steps", "N", "The number of optimizer steps, instead of --epochs.", o => o.MaxSteps);
        _options.Add("--batch-size", "N", "Rows in one forward pass.", o => o.BatchSize);
        _options.Add("--global-batch-size", "N", "Rows in one optimizer step. Without it: one batch.", o => o.Batches.GlobalBatchSize);
        _options.AddFlag(
            "--packing", "Concatenate the rows of a batch instead of padding them. The CPU always does.", o => o.Batches.Packing);
        _options.Add("--neftune-alpha", "X", "The strength of NEFTune's noise on the embeddings; 5 is usual.", o => o.NeftuneAlpha);
        _options.AddFlag(
            "--gradient-checkpointing", "Run each layer again in the backward pass: much less memory, a third more arithmetic.",
            o => o.Runtime.GradientCheckpointing);
        _options.AddChoice(
            "--order", "The order of the rows; sequential is the file's order.", o => o.Batches.Order,
            ("shuffled", BatchOrder.Shuffled), ("sequential", BatchOrder.Sequential));
    }

    private void AddValidation()
    {
        _evalData.AddTo(this);
        var fraction = _options.Add("--eval-fraction", "X", "Reserve this share of the rows for validation.", o => o.Validation.Fraction);
        this.NeverWith(_evalData.Paths, fraction);
        _options.Add("--eval-steps", "N", "Measure every N steps. Without it: after each epoch.", o => o.Validation.EverySteps);
        _options.AddChoice(
            "--eval-metric", "The metric that decides which measurement is best.", o => o.Validation.Metric,
            ("cross-entropy", ValidationMetric.CrossEntropy), ("loss", ValidationMetric.Loss), ("token-accuracy", ValidationMetric.TokenAccuracy));
        _options.Add("--patience", "N", "Stop early after N measurements in a row without improvement.", o => o.Validation.Patience);
        _options.Add("--min-improvement", "X", "The smallest improvement that counts.", o => o.Validation.MinImprovement);
        _options.AddFlag(
            "--restore-best", "Write the model of the best measurement, not that of the last step.", o => o.Validation.RestoreBest);
    }

    private void AddCheckpoints()
    {
        _options.Add("--save-steps", "N", "Write a checkpoint every N steps. Without it: after each epoch.", o => o.Checkpoints.EverySteps);
        _options.Add("--keep-checkpoints", "N", "The number of recent checkpoints to keep.", o => o.Checkpoints.KeepLast);
        _options.Add("--samples", "N", "The number of rows for which the report shows completions before and after.", o => o.Reporting.SampleCompletions);
        _options.AddFlag("--resume", "Resume from the last checkpoint in --output, or start from the beginning if there is none.", o => o.Checkpoints.Resume);
    }
}

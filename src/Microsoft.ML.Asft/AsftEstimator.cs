using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.DataDiagnosis;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Pipeline;
using Microsoft.ML.Asft.Pipeline.MLNetInternals;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Runtime;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft;

/// <summary>
/// Fine-tunes a causal language model on demonstrations with Anchored Supervised Fine-Tuning (arXiv 2509.23753).
/// <c>mlContext.Transforms.AsftFineTune</c> creates it.
/// </summary>
/// <remarks>
/// The same seed, data and machine give exactly the same adapter. Do not run two fits at once: a model made in code draws its random numbers
/// from libtorch's generator, and a process has only one. With <see cref="RuntimeOptions.Workers"/> every worker fits the same data with the
/// same options and gets the fitted transformer.
/// </remarks>
public sealed class AsftEstimator : IEstimator<AsftTransformer>
{
    private const int DefaultSeed = 42;

    private readonly IHost _host;
    private readonly IHostEnvironment _env;
    private readonly AsftOptions _options;
    private readonly (CausalLanguageModel Model, Tokenizer Tokenizer)? _given;

    internal AsftEstimator(IHostEnvironment env, AsftOptions options, (CausalLanguageModel Model, Tokenizer Tokenizer)? given)
    {
        OptionsValidator.Validate(options);
        _env = env;
        _host = env.Register(nameof(AsftEstimator));
        _options = options;
        _given = given;
    }

    private int Seed => _options.Seed ?? MLNet.SeedOf(_env) ?? DefaultSeed;

    /// <summary>Loads the model, fine-tunes it on the rows and returns it as a transformer.</summary>
    /// <param name="input">Rows with a text column of prompts and a text column of responses.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or not text.</exception>
    /// <exception cref="InvalidDataException">A row cannot be used for training, no row can, or a file of the model is damaged.</exception>
    /// <exception cref="InvalidOperationException">
    /// The loss stopped being finite, the options do not fit the model, or the workers do not agree on options, data or model.
    /// </exception>
    /// <exception cref="AsftInterruptedException">
    /// <see cref="AsftOptions.CancellationToken"/> was cancelled. The exception names the checkpoint to resume from.
    /// </exception>
    public AsftTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return _options.Runtime.WorkerGroup.AbortOnFailure(() => Train(input));
    }

    private AsftTransformer Train(IDataView input)
    {
        var workers = _options.Runtime.WorkerGroup;
        using var channel = _host.Start("Fine-tuning");
        var loaded = workers.RunOnAll(() => Load(input));
        try
        {
            (loaded, var training, var validation) = workers.RunOnAll(() => Prepare(loaded, input));
            long loadedMemory = Environment.WorkingSet;
            var (steps, validations) = new FineTuning(channel, _options, loaded, Seed).Run(training, validation, CompleteWith(loaded));
            return new AsftTransformer(_env, _options, loaded, steps, validations) { LoadedMemory = loadedMemory };
        }
        catch
        {
            if (_given is null)
            {
                loaded.Model.Dispose();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ExampleReader.CheckTrainingColumns(_host, inputSchema, _options);
        var added = CompletionColumn.Of(_options);
        return new SchemaShape(inputSchema.Where(c => !added.Any(a => a.Name == c.Name)).Concat(
            added.Select(a => MLNet.ColumnShape(a.Name, a.Type))));
    }

    /// <summary>Loads the model without training it, with the adapter that the options name.</summary>
    internal AsftTransformer Load()
    {
        var loaded = LoadedModel.From(_env, _options, _given);
        if (_options.AdapterPath is { } folder)
        {
            loaded = loaded with { Adapters = AdapterSet.Load(loaded.Model, folder, LoadedModel.WarningsTo(_env, _options)) };
        }

        return new AsftTransformer(_env, _options, loaded, history: [], validations: []) { Workers = _options.Runtime.Workers };
    }

    /// <summary>Diagnoses the rows with the model, without training it.</summary>
    internal AsftDiagnosis Diagnose(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var loaded = Load(input);
        try
        {
            var (training, validation) = ReadExamples(input, loaded);
            return new Diagnoser(loaded, _options).Diagnose(training, validation);
        }
        finally
        {
            if (_given is null)
            {
                loaded.Model.Dispose();
            }
        }
    }

    internal IEnumerable<EncodedExample> Encode(IDataView data) => ExampleReader.Stream(_host, data, _options);

    private (ExampleSet Training, ExampleSet? Validation) ReadExamples(IDataView input, LoadedModel loaded)
    {
        var examples = ExampleReader.Read(_host, input, _options, loaded);
        return _options.Validation switch
        {
            { Data: { } data } => (examples, ExampleReader.Read(_host, data, _options, loaded, "Validation row")),
            { Fraction: > 0 and var fraction } => ExampleSplit.Of(examples, fraction, Seed),
            _ => (examples, null),
        };
    }

    // Completes as the fitted transformer does.
    private Func<IReadOnlyList<Conversation>, IReadOnlyList<string>> CompleteWith(LoadedModel loaded)
    {
        var model = new AsftTransformer(_env, _options, loaded, history: [], validations: []);
        return conversations => [.. model.CompleteConversations(
            conversations, _options.Generation, cancellationToken: _options.CancellationToken).Select(c => c.Text)];
    }

    private LoadedModel Load(IDataView input)
    {
        ExampleReader.CheckTrainingColumns(_host, input.Schema, _options);
        if (_options.Validation.Data is { } rows)
        {
            ExampleReader.CheckTrainingColumns(_host, rows.Schema, _options);
        }

        FineTuning.CheckOutput(_options);
        return LoadedModel.From(_env, _options, _given, _options.TrainsEveryParameter);
    }

    private (LoadedModel Loaded, ExampleSet Training, ExampleSet? Validation) Prepare(LoadedModel loaded, IDataView input)
    {
        var (training, validation) = ReadExamples(input, loaded);
        return (WithTrainedParameters(loaded, _options, Seed, LoadedModel.WarningsTo(_env, _options)), training, validation);
    }

    /// <summary>Loads or adds the adapters to train. Without adapters every parameter is trained.</summary>
    internal static LoadedModel WithTrainedParameters(LoadedModel loaded, AsftOptions options, int seed, Action<string>? warn = null)
    {
        if (options.AdapterPath is { } folder)
        {
            return loaded with { Adapters = AdapterSet.Load(loaded.Model, folder, warn) };
        }

        if (options.Lora is not { } lora)
        {
            return loaded with { IsTrainedInFull = true };
        }

        var config = new AdapterConfig
        {
            R = lora.Rank,
            LoraAlpha = lora.Alpha,
            LoraDropout = lora.Dropout,
            TargetModules = lora.TargetPattern is null ? [.. lora.TargetModules] : [],
            TargetPattern = lora.TargetPattern,
            UseRslora = lora.UseRslora,
            UseDora = lora.UseDora,
            BaseModelNameOrPath = loaded.Folder,
        };
        return loaded with { Adapters = AdapterSet.AddNew(loaded.Model, config, seed) };
    }
}

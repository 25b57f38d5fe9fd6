using System.Globalization;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Text;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft;

/// <summary>
/// Fine-tunes a causal language model on demonstrations with Anchored Supervised Fine-Tuning (arXiv 2509.23753). Made by
/// <c>mlContext.Transforms.AsftFineTune</c>.
/// </summary>
/// <remarks>
/// The same seed, data and machine give the same adapter to the bit. Fit one at a time: dropout draws from libtorch's
/// generator, of which a process has one.
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
        OptionsCheck.Validate(options);
        _env = env;
        _host = env.Register(nameof(AsftEstimator));
        _options = options;
        _given = given;
    }

    private int Seed => _options.Seed ?? (_env as IHostEnvironmentInternal)?.Seed ?? DefaultSeed;

    /// <summary>Loads the model, fine-tunes it on the rows and returns it as a transformer.</summary>
    /// <param name="input">Rows with a text column of prompts and one of responses.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or not text.</exception>
    /// <exception cref="InvalidDataException">A row cannot be trained on, none can, or a file of the model is damaged.</exception>
    /// <exception cref="InvalidOperationException">The loss stopped being finite, or the options do not fit the model.</exception>
    /// <exception cref="OperationCanceledException"><see cref="AsftOptions.CancellationToken"/> was cancelled.</exception>
    public AsftTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ExampleReader.CheckTrainingColumns(_host, input.Schema, _options);
        using var channel = _host.Start("Fine-tuning");
        var loaded = LoadedModel.From(_options, _given, DeviceChoice.Of(_env, _options.Device));
        try
        {
            var examples = ExampleReader.ReadAll(_host, input, _options, loaded);
            loaded = Prepare(loaded);
            return new AsftTransformer(_env, _options, loaded, Train(channel, loaded, examples));
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
        var columns = inputSchema.Where(c => c.Name != _options.OutputColumnName)
            .Append(new SchemaShape.Column(
                _options.OutputColumnName, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false));
        return new SchemaShape(columns);
    }

    /// <summary>The model as it is, with the adapter that the options name.</summary>
    internal AsftTransformer Load()
    {
        var loaded = LoadedModel.From(_options, _given, DeviceChoice.Of(_env, _options.Device));
        if (_options.AdapterPath is { } folder)
        {
            loaded = loaded with { Adapters = AdapterSet.Load(loaded.Model, folder) };
        }

        return new AsftTransformer(_env, _options, loaded, history: []);
    }

    internal IEnumerable<EncodedExample> Encode(IDataView data) => ExampleReader.ReadAll(_host, data, _options);

    // Adapters are added, or every parameter is opened to training.
    private LoadedModel Prepare(LoadedModel loaded)
    {
        if (_options.AdapterPath is { } folder)
        {
            return loaded with { Adapters = AdapterSet.Load(loaded.Model, folder) };
        }

        if (_options.Lora is not { } lora)
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
        return loaded with { Adapters = AdapterSet.AddNew(loaded.Model, config, Seed) };
    }

    private List<AsftProgress> Train(IChannel channel, LoadedModel loaded, IReadOnlyList<EncodedExample> examples)
    {
        var objective = _options.TokenObjective
            ?? AnchoredObjective.For(_options.Objective, _options.KlWeight, _options.KlDirection);
        using var runner = BatchRunner.For(loaded.Model, _options.GradientCheckpointing);
        using var reference = objective.NeedsReference ? References.For(loaded, runner, _options) : null;
        using var parameters = new FlatParameters(
            loaded.Adapters?.Parameters ?? loaded.Model.named_parameters().Select(p => (p.name, p.parameter)));
        channel.Info(MessageSensitivity.None, "{0}", string.Create(
            CultureInfo.InvariantCulture, $"Fine-tuning {parameters.Values.numel():N0} parameters on {examples.Count:N0} examples."));
        var history = new List<AsftProgress>();
        new Trainer(loaded.Model, runner, new AnchoredHead(objective), reference, _options, Seed).Run(examples, parameters, progress =>
        {
            history.Add(progress);
            channel.Info(MessageSensitivity.None, "{0}", string.Create(
                CultureInfo.InvariantCulture,
                $"Step {progress.Step}/{progress.TotalSteps}: loss {progress.Loss:F4}, cross-entropy {progress.CrossEntropy:F4}, "
                + $"KL {progress.Kl:F4}, gradient norm {progress.GradientNorm:F3}, {progress.Tokens / progress.Seconds:F0} tokens/s"));
            _options.Progress?.Report(progress);
        });
        return history;
    }
}

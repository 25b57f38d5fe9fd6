using System.Runtime.ExceptionServices;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Pipeline;
using Microsoft.ML.Asft.Pipeline.MLNetInternals;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Tokenizers;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft;

/// <summary>
/// A fine-tuned language model as a step of an ML.NET pipeline: it adds a text column with the completion of each row's
/// prompt. <c>mlContext.Model.Save</c> writes it and <c>mlContext.Model.Load</c> brings it back.
/// </summary>
/// <remarks>
/// Completing and evaluating take turns where several threads ask for them at once. Dispose it to free the model.
/// Where <c>mlContext.Model.Load</c> cannot bring it back, as when the base model is gone, the log has the reason as an error, and every use but
/// <see cref="Dispose"/> throws it.
/// </remarks>
public sealed class AsftTransformer : ITransformer, IDisposable
{
    private readonly IHost _host;
    private readonly (AsftOptions Options, LoadedModel Loaded) _content;
    private readonly ExceptionDispatchInfo? _loadFailure;
    private readonly Lock _turn = new();
    private bool _disposed;

    internal AsftTransformer(
        IHostEnvironment env, AsftOptions options, LoadedModel loaded, IReadOnlyList<AsftProgress> history,
        IReadOnlyList<AsftValidation> validations)
    {
        _host = env.Register(nameof(AsftTransformer));
        _content = (options, loaded);
        History = history;
        Validations = validations;
    }

    // What ML.NET's model file could not be made into. ML.NET creates transformers by reflection, where an exception loses its message to
    // "Exception has been thrown by the target of an invocation"; so it is thrown by the first use instead.
    internal AsftTransformer(IHostEnvironment env, Exception loadFailure)
    {
        _host = env.Register(nameof(AsftTransformer));
        _loadFailure = ExceptionDispatchInfo.Capture(loadFailure);
        History = [];
        Validations = [];
    }

    /// <summary>Gets what each optimizer step of fine-tuning did; empty for a model that was loaded.</summary>
    public IReadOnlyList<AsftProgress> History { get; }

    /// <summary>Gets what was measured on the validation rows; empty without any, and for a model that was loaded.</summary>
    public IReadOnlyList<AsftValidation> Validations { get; }

    /// <summary>Gets the bytes that the process held once the model was loaded for fitting, before the first step; 0 for a model that was loaded.</summary>
    public long LoadedMemory { get; internal init; }

    /// <summary>Gets the model, adapters included. It serves one thread at a time.</summary>
    public CausalLanguageModel Model => Loaded.Model;

    /// <summary>Gets the options that it was made with. They must not be changed while it is used.</summary>
    public AsftOptions Options => Content.Options;

    /// <summary>Gets PEFT's configuration of the adapters; <see langword="null"/> where there are none.</summary>
    public AdapterConfig? AdapterConfig => Loaded.Adapters?.Config;

    /// <summary>Gets the adapters' tensors under PEFT's names, the model's own and not copies; empty where there are none.</summary>
    public IReadOnlyDictionary<string, Tensor> AdapterTensors =>
        (Loaded.Adapters?.Parameters ?? []).ToDictionary(p => p.Name, Tensor (p) => p.Parameter);

    /// <summary>Gets what the model is made of; <see langword="null"/> for a model that is no <see cref="IHuggingFaceModel"/>.</summary>
    public ModelConfig? ModelConfig => (Loaded.Model as IHuggingFaceModel)?.Config;

    /// <summary>Gets the folder that the model came from; <see langword="null"/> for a model made in code.</summary>
    public string? ModelFolder => Loaded.Folder;

    /// <summary>
    /// Gets the model's weights under Hugging Face's names, adapters merged; without <c>lm_head.weight</c> where the head is the
    /// embedding, and empty for a model that is no <see cref="IHuggingFaceModel"/>. Each is made when it is read: a weight with an adapter as float32, the others
    /// are the model's own.
    /// </summary>
    public IEnumerable<LazyTensor> MergedWeights => Loaded.Model is IHuggingFaceModel ? ModelTensors.Merged(Loaded.Model, mergesAsFloat32: true) : [];

    /// <summary>Gets the tokenizer.</summary>
    public Tokenizer Tokenizer => Loaded.Tokenizer;

    /// <summary>Gets the prompt template.</summary>
    public PromptTemplate Template => Loaded.Template;

    /// <summary>
    /// Gets or sets the processes that complete the rows of <see cref="Transform"/> and evaluate together: every one of them goes through
    /// the same rows with the same model, computes a part, and gets all of it.
    /// </summary>
    /// <value>
    /// The default value is <see langword="null"/>, this process alone, for a model that several workers fitted too. A model that was loaded
    /// with <see cref="RuntimeOptions.Workers"/> has those.
    /// </value>
    public IWorkerGroup? Workers { get; set; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    internal IHost Host => _host;

    private LoadedModel Loaded => Content.Loaded;

    private (AsftOptions Options, LoadedModel Loaded) Content
    {
        get
        {
            _loadFailure?.Throw();
            return _content;
        }
    }

    /// <summary>Completes one prompt.</summary>
    /// <param name="prompt">What the prompt column would hold; the template is put around it.</param>
    public Completion Complete(string prompt) => Complete([prompt])[0];

    /// <summary>Completes prompts, <see cref="GenerationOptions.BatchSize"/> at a time.</summary>
    /// <param name="prompts">What the prompt column would hold; the template is put around each.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The completions, in the order of the prompts.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<Completion> Complete(IReadOnlyList<string> prompts, CancellationToken cancellationToken = default) =>
        CompleteConversations([.. prompts.Select(AsConversation)], Options.Generation, cancellationToken: cancellationToken);

    /// <summary>Completes one prompt several times; it goes through the model once.</summary>
    /// <param name="prompt">What the prompt column would hold; the template is put around it.</param>
    /// <param name="count">How many completions, 1 or more. They differ where <see cref="GenerationOptions.Temperature"/> is set.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<Completion> Sample(string prompt, int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var request = new CompletionRequest(EncodePrompt(AsConversation(prompt)), Options.Generation, count);
        return Complete([request], Math.Max(count, Options.Generation.BatchSize), cancellationToken)[0];
    }

    /// <summary>Completes prompts that are token ids already, each with options of its own.</summary>
    /// <param name="requests">What to complete.</param>
    /// <param name="slots">The number of completions at a time, at least as many as one request has.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The completions of each request, in the order of the requests.</returns>
    /// <exception cref="ArgumentException">A request needs more completions than there are slots.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<IReadOnlyList<Completion>> Complete(
        IReadOnlyList<CompletionRequest> requests, int slots, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        if (requests.FirstOrDefault(request => request.Samples < 1 || request.Samples > slots) is { } bad)
        {
            throw new ArgumentException($"A request needs {bad.Samples} completions; it must be 1 to {slots}, the number of slots.", nameof(requests));
        }

        var ends = StopCriteria.Of(Loaded, Encoder);
        DecodingSequence[][] sequences = [.. requests.Select(request => DecodingSequence.AllOf(request, ends))];
        new TextGenerator(this).Run(sequences, slots, cancellationToken);
        return [.. sequences.Select(samples => samples.Select(sample => sample.ToCompletion()).ToArray())];
    }

    /// <summary>Reads demonstrations and encodes them with the model's template, as <see cref="Evaluate"/> and fine-tuning do.</summary>
    /// <param name="data">Rows with the prompt and response columns.</param>
    /// <returns>The examples, in the order of the rows; without those that <see cref="DataOptions"/> leaves out.</returns>
    /// <exception cref="InvalidDataException">A row cannot be used, or none can.</exception>
    public IReadOnlyList<EncodedExample> Encode(IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return ExampleReader.ReadAll(_host, data, Options, Loaded);
    }

    /// <summary>Measures the model on demonstrations, against the model before fine-tuning.</summary>
    /// <param name="data">Rows with the prompt and response columns.</param>
    /// <returns>Means over the labelled tokens.</returns>
    /// <exception cref="InvalidDataException">A row cannot be used, or none can.</exception>
    public AsftMetrics Evaluate(IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Workers.AbortOnFailure(() => new ModelEvaluator(Loaded, Options, Workers).Evaluate(
                Workers.RunOnAll(() => Encode(data))));
        }
    }

    /// <summary>Writes the adapters as a PEFT folder: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
    /// <param name="folder">The folder, made where it does not exist.</param>
    /// <exception cref="InvalidOperationException">The model has no adapters.</exception>
    public void SaveAdapter(string folder)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            (Loaded.Adapters ?? throw new InvalidOperationException(
                $"The model has no adapters: every parameter was trained. Use {nameof(SaveModel)}.")).Save(folder);
        }
    }

    /// <summary>Writes the whole model as a Hugging Face folder, adapters merged into the weights, tokenizer files as they were.</summary>
    /// <param name="folder">The folder, made where it does not exist.</param>
    /// <exception cref="InvalidOperationException">The model was made in code and is no <see cref="IHuggingFaceModel"/>.</exception>
    public void SaveModel(string folder)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (Loaded.Model is not IHuggingFaceModel { Config: var config })
            {
                throw new InvalidOperationException(
                    $"The model was made in code and has no folder form. Make it an {nameof(IHuggingFaceModel)}, or save it as you made it.");
            }

            ModelTensors.Save(Loaded.Model, config, folder, copyFrom: Loaded.Folder);
        }
    }

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new AsftRowMapper(this, inputSchema).OutputSchema;

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => new AsftDataView(new AsftRowMapper(this, input.Schema), input);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new AsftRowMapper(this, inputSchema);

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => Use(loaded => ModelFile.Write(ctx, Options, loaded));

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            if (!_disposed)
            {
                _disposed = true;
                _content.Loaded?.Model.Dispose();
            }
        }
    }

    /// <summary>Turns a conversation into the tokens that a completion begins after, the way this model's template has it.</summary>
    /// <param name="conversation">The messages so far.</param>
    /// <returns>The tokens, one at least.</returns>
    /// <exception cref="InvalidDataException">The template has no form for these messages.</exception>
    public IReadOnlyList<int> EncodePrompt(Conversation conversation) => Encoder.EncodePrompt(conversation);

    /// <summary>Gets what turns conversations into prompts for this model.</summary>
    internal ExampleEncoder Encoder => ExampleReader.EncoderFor(Loaded);

    /// <summary>Uses the model while no other thread does.</summary>
    internal T Use<T>(Func<LoadedModel, T> use)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return use(Loaded);
        }
    }

    /// <summary>Completes conversations.</summary>
    /// <param name="conversations">The conversations, in the order of their rows.</param>
    /// <param name="options">How.</param>
    /// <param name="firstRow">The row of the first, which goes into its seed.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    internal IReadOnlyList<Completion> CompleteConversations(
        IReadOnlyList<Conversation> conversations, GenerationOptions options, long firstRow = 0,
        CancellationToken cancellationToken = default)
    {
        var encoder = Encoder;
        var ends = StopCriteria.Of(Loaded, encoder);
        var seed = SamplingSeed.Of(options.Seed);
        DecodingSequence[] sequences =
            [.. conversations.Select((c, i) => new DecodingSequence(encoder.EncodePrompt(c), options, seed.For(firstRow + i), ends))];
        new TextGenerator(this).Run(sequences.Select(s => new[] { s }), options.BatchSize, cancellationToken);
        return [.. sequences.Select(sequence => sequence.ToCompletion())];
    }

    private static Conversation AsConversation(string prompt) => [new PromptMessage("user", prompt)];
}

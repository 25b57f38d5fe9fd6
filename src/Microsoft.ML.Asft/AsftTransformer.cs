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
/// A fine-tuned language model as a step of an ML.NET pipeline. It adds a text column with the completion of each row's
/// prompt. <c>mlContext.Model.Save</c> saves it and <c>mlContext.Model.Load</c> loads it.
/// </summary>
/// <remarks>
/// Several threads may use it; their calls run one after the other. Dispose it to free the model.
/// If <c>mlContext.Model.Load</c> cannot load it, for example because the base model is missing, the log has the reason as an error. Every
/// member that needs the model then throws that error.
/// </remarks>
public sealed class AsftTransformer : ITransformer, IDisposable
{
    private readonly IHost _host;
    private readonly (AsftOptions Options, LoadedModel Loaded) _content;
    private readonly ExceptionDispatchInfo? _loadFailure;
    private readonly Lock _lock = new();
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

    // A transformer that could not be loaded from ML.NET's model file. ML.NET creates transformers by reflection, and an exception there would
    // become "Exception has been thrown by the target of an invocation". So the first use throws the original exception instead.
    internal AsftTransformer(IHostEnvironment env, Exception loadFailure)
    {
        _host = env.Register(nameof(AsftTransformer));
        _loadFailure = ExceptionDispatchInfo.Capture(loadFailure);
        History = [];
        Validations = [];
    }

    /// <summary>Gets the results of each optimizer step of fine-tuning; empty for a model that was loaded.</summary>
    public IReadOnlyList<AsftProgress> History { get; }

    /// <summary>Gets the results on the validation rows; empty if there were none, and for a model that was loaded.</summary>
    public IReadOnlyList<AsftValidation> Validations { get; }

    /// <summary>
    /// Gets the memory of the process before the first step of fitting, with the model and the data loaded, in bytes; 0 for a model that was loaded.
    /// </summary>
    public long LoadedMemory { get; internal init; }

    /// <summary>Gets the model, with its adapters. Only one thread at a time may use it.</summary>
    public CausalLanguageModel Model => Loaded.Model;

    /// <summary>Gets the options that the transformer was created with. Do not change them while it is in use.</summary>
    public AsftOptions Options => Content.Options;

    /// <summary>Gets PEFT's configuration of the adapters; <see langword="null"/> if there are none.</summary>
    public AdapterConfig? AdapterConfig => Loaded.Adapters?.Config;

    /// <summary>Gets the adapters' tensors by PEFT's names: those of the model, not copies. Empty if there are no adapters.</summary>
    public IReadOnlyDictionary<string, Tensor> AdapterTensors =>
        (Loaded.Adapters?.Parameters ?? []).ToDictionary(p => p.Name, Tensor (p) => p.Parameter);

    /// <summary>Gets the model's configuration; <see langword="null"/> for a model that is not an <see cref="IHuggingFaceModel"/>.</summary>
    public ModelConfig? ModelConfig => (Loaded.Model as IHuggingFaceModel)?.Config;

    /// <summary>Gets the folder that the model came from; <see langword="null"/> for a model made in code.</summary>
    public string? ModelFolder => Loaded.Folder;

    /// <summary>
    /// Gets the model's weights by Hugging Face's names, with the adapters merged. There is no <c>lm_head.weight</c> if the head is the
    /// embedding, and nothing for a model that is not an <see cref="IHuggingFaceModel"/>. A weight with an adapter is computed as float32 when it is read;
    /// the others are the model's own tensors. Quantized weights are read from the model's folder again, so that nothing is lost.
    /// </summary>
    /// <exception cref="InvalidDataException">The weights are quantized, and the model's folder, from which they are read again, has changed.</exception>
    public IEnumerable<LazyTensor> MergedWeights
    {
        get
        {
            Loaded.CheckOriginalWeights();
            return Loaded.Model is IHuggingFaceModel ? ModelTensors.Merged(Loaded.Model, mergesAsFloat32: true) : [];
        }
    }

    /// <summary>Gets the tokenizer.</summary>
    public Tokenizer Tokenizer => Loaded.Tokenizer;

    /// <summary>Gets the prompt template.</summary>
    public PromptTemplate Template => Loaded.Template;

    /// <summary>
    /// Gets or sets the processes that complete the rows of <see cref="Transform"/> and evaluate together. Every process reads
    /// the same rows with the same model, computes a part of the results and receives all of them.
    /// </summary>
    /// <value>
    /// The default value is <see langword="null"/>: this process alone, even if several workers fitted the model. For a model that was loaded
    /// with <see cref="RuntimeOptions.Workers"/> it is those workers.
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
    /// <param name="prompt">The text that the prompt column would hold. The template is applied to it.</param>
    public Completion Complete(string prompt) => Complete([prompt])[0];

    /// <summary>Completes prompts, <see cref="GenerationOptions.BatchSize"/> of them at a time.</summary>
    /// <param name="prompts">The texts that the prompt column would hold. The template is applied to each.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The completions, in the order of the prompts.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<Completion> Complete(IReadOnlyList<string> prompts, CancellationToken cancellationToken = default) =>
        CompleteConversations([.. prompts.Select(AsConversation)], Options.Generation, cancellationToken: cancellationToken);

    /// <summary>Completes one prompt several times. The prompt itself is computed once.</summary>
    /// <param name="prompt">The text that the prompt column would hold. The template is applied to it.</param>
    /// <param name="count">The number of completions, 1 or more. They differ if <see cref="GenerationOptions.Temperature"/> is above 0.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<Completion> Sample(string prompt, int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var request = new CompletionRequest(EncodePrompt(AsConversation(prompt)), Options.Generation, count);
        return Complete([request], Math.Max(count, Options.Generation.BatchSize), cancellationToken)[0];
    }

    /// <summary>Completes prompts of token ids, each with its own options.</summary>
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

        var stopCriteria = StopCriteria.Of(Loaded, Encoder);
        DecodingSequence[][] sequences = [.. requests.Select(request => DecodingSequence.AllOf(request, stopCriteria))];
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

    /// <summary>Evaluates the model on demonstrations, and compares it with the model before fine-tuning.</summary>
    /// <param name="data">Rows with the prompt and response columns.</param>
    /// <returns>Means over the labelled tokens.</returns>
    /// <exception cref="InvalidDataException">A row cannot be used, or no row can.</exception>
    public AsftMetrics Evaluate(IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Workers.AbortOnFailure(() => new ModelEvaluator(Loaded, Options, Workers).Evaluate(
                Workers.RunOnAll(() => Encode(data))));
        }
    }

    /// <summary>Writes the adapters as a PEFT folder: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
    /// <param name="folder">The folder. It is created if it does not exist.</param>
    /// <exception cref="InvalidOperationException">The model has no adapters.</exception>
    public void SaveAdapter(string folder)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            (Loaded.Adapters ?? throw new InvalidOperationException(
                $"The model has no adapters: every parameter was trained. Use {nameof(SaveModel)}.")).Save(folder);
        }
    }

    /// <summary>
    /// Writes the whole model as a Hugging Face folder, with the adapters merged into the weights and the tokenizer files copied. If the weights are quantized,
    /// the adapters are merged into those of the model's folder.
    /// </summary>
    /// <param name="folder">The folder. It is created if it does not exist.</param>
    /// <exception cref="InvalidDataException">The weights are quantized, and the model's folder, from which they are read again, has changed.</exception>
    /// <exception cref="InvalidOperationException">The model was made in code and is not an <see cref="IHuggingFaceModel"/>.</exception>
    public void SaveModel(string folder)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (Loaded.Model is not IHuggingFaceModel { Config: var config })
            {
                throw new InvalidOperationException(
                    $"The model was made in code and cannot be written as a folder. Let it implement {nameof(IHuggingFaceModel)}, or save it in your own code.");
            }

            Loaded.CheckOriginalWeights();
            ModelTensors.Save(Loaded.Model, config, folder, copyFrom: Loaded.Folder, Loaded.FileFormat);
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
        lock (_lock)
        {
            if (!_disposed)
            {
                _disposed = true;
                _content.Loaded?.Model.Dispose();
            }
        }
    }

    /// <summary>Encodes a conversation as a prompt with this model's template: the tokens after which the completion begins.</summary>
    /// <param name="conversation">The messages so far.</param>
    /// <returns>The tokens, at least one.</returns>
    /// <exception cref="InvalidDataException">The template has no form for these messages.</exception>
    public IReadOnlyList<int> EncodePrompt(Conversation conversation) => Encoder.EncodePrompt(conversation);

    /// <summary>Gets the encoder that turns conversations into prompts for this model.</summary>
    internal ExampleEncoder Encoder => ExampleReader.EncoderFor(Loaded);

    /// <summary>Calls a function with the model, while no other thread uses the model.</summary>
    internal T Use<T>(Func<LoadedModel, T> use)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return use(Loaded);
        }
    }

    /// <summary>Completes conversations.</summary>
    /// <param name="conversations">The conversations, in the order of their rows.</param>
    /// <param name="options">How to complete them.</param>
    /// <param name="firstRow">The row number of the first conversation. A completion's seed depends on its row.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    internal IReadOnlyList<Completion> CompleteConversations(
        IReadOnlyList<Conversation> conversations, GenerationOptions options, long firstRow = 0,
        CancellationToken cancellationToken = default)
    {
        var encoder = Encoder;
        var stopCriteria = StopCriteria.Of(Loaded, encoder);
        var seed = SamplingSeed.Of(options.Seed);
        DecodingSequence[] sequences =
            [.. conversations.Select((c, i) => new DecodingSequence(encoder.EncodePrompt(c), options, seed.For(firstRow + i), stopCriteria))];
        new TextGenerator(this).Run(sequences.Select(s => new[] { s }), options.BatchSize, cancellationToken);
        return [.. sequences.Select(sequence => sequence.ToCompletion())];
    }

    private static Conversation AsConversation(string prompt) => [new PromptMessage("user", prompt)];
}

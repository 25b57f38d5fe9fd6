using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.DataDiagnosis;
using Microsoft.ML.Asft.Estimation;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Pipeline.MLNetInternals;
using Microsoft.ML.Tokenizers;

#pragma warning disable IDE0130   // extends ML.NET's own catalogs
namespace Microsoft.ML;

/// <summary>Extends <see cref="MLContext"/> with the fine-tuning of language models as a step of a pipeline.</summary>
public static class AsftCatalog
{
    /// <summary>
    /// Fine-tunes the language model in a folder on a prompt column and a response column. The transformer adds a column with
    /// the model's completion of each prompt.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="options">What to train and how. <see cref="AsftOptions.ModelPath"/> is required.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static AsftEstimator AsftFineTune(this TransformsCatalog catalog, AsftOptions options) =>
        new(MLNet.EnvironmentOf(catalog), options, given: null);

    /// <summary>Fine-tunes a model that was made in code.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="model">The model. Fit trains this object, not a copy, and the transformer then owns it.</param>
    /// <param name="tokenizer">The model's tokenizer. Its ids are rows of the model's embedding.</param>
    /// <param name="options">How to train. <see cref="AsftOptions.ModelPath"/> is not used.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static AsftEstimator AsftFineTune(
        this TransformsCatalog catalog, CausalLanguageModel model, Tokenizer tokenizer, AsftOptions options) =>
        new(MLNet.EnvironmentOf(catalog), options, (model, tokenizer));

    /// <summary>
    /// Loads a model to complete and evaluate with, without training it. If <see cref="AsftOptions.AdapterPath"/> is set, the model gets that adapter.
    /// </summary>
    /// <param name="catalog">The model catalog.</param>
    /// <param name="options">The model and its columns. <see cref="AsftOptions.ModelPath"/> is required.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">A file of the model is damaged.</exception>
    public static AsftTransformer LoadAsft(this ModelOperationsCatalog catalog, AsftOptions options) =>
        new AsftEstimator(MLNet.EnvironmentOf(catalog), options, given: null).Load();

    /// <summary>
    /// Diagnoses data before training: what the model knows of them, which rows look wrong, what is cut or never learnt, and which objective suits.
    /// It costs one forward pass over the data.
    /// </summary>
    /// <param name="catalog">The model catalog.</param>
    /// <param name="data">The rows to train on. The validation rows are those of <see cref="AsftOptions.Validation"/>.</param>
    /// <param name="options">
    /// The options to train with. With <see cref="ReferenceOptions.CachePath"/> the hidden states are kept in that file. Training with the same options does not
    /// compute them again if its reference is <see cref="ReferenceStrategy.Cached"/>.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">A row cannot be used for training, no row can, or a file of the model is damaged.</exception>
    /// <exception cref="InvalidOperationException">The hidden states are larger than <see cref="ReferenceOptions.CacheBytes"/>.</exception>
    /// <exception cref="OperationCanceledException"><see cref="AsftOptions.CancellationToken"/> was cancelled.</exception>
    public static AsftDiagnosis DiagnoseAsft(this ModelOperationsCatalog catalog, IDataView data, AsftOptions options) =>
        new AsftEstimator(MLNet.EnvironmentOf(catalog), options, given: null).Diagnose(data);

    /// <summary>Diagnoses data for a model that was made in code.</summary>
    /// <param name="catalog">The model catalog.</param>
    /// <param name="data">The rows to train on.</param>
    /// <param name="model">The model. It is not changed, and the caller still owns it.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">The options to train with. <see cref="AsftOptions.ModelPath"/> and <see cref="ReferenceOptions.CachePath"/> are not used.</param>
    /// <inheritdoc cref="DiagnoseAsft(ModelOperationsCatalog, IDataView, AsftOptions)"/>
    public static AsftDiagnosis DiagnoseAsft(
        this ModelOperationsCatalog catalog, IDataView data, CausalLanguageModel model, Tokenizer tokenizer, AsftOptions options) =>
        new AsftEstimator(MLNet.EnvironmentOf(catalog), options, (model, tokenizer)).Diagnose(data);

    /// <summary>Estimates the memory and time of a training run on this machine's CPU, without data: every row is assumed to have the maximum length.</summary>
    /// <param name="catalog">The model catalog.</param>
    /// <param name="options">The options to train with. <see cref="AsftOptions.ModelPath"/> is required; only its configuration is read.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="NotSupportedException">The run would not be on the CPU alone, or would use autograd: DoRA, NEFTune, several workers.</exception>
    public static RunEstimate EstimateAsft(this ModelOperationsCatalog catalog, AsftOptions options)
    {
        OptionsValidator.Validate(options);
        return RunEstimator.Supports(options)
            ? RunEstimator.Estimate(ModelConfig.Load(LoadedModel.RequireFolder(options)), options, RunShape.Of(options))
            : throw new NotSupportedException(
                "Only runs of one process on the CPU are estimated, and none with DoRA, NeftuneAlpha, FrozenModules or AdapterPath. Leave these out to estimate a run without them.");
    }

    /// <summary>Encodes rows in the same way as training: as token ids and labels.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="data">Rows with the columns that the options name.</param>
    /// <param name="options">The columns, the template and the folder of the tokenizer.</param>
    /// <returns>
    /// The examples in the order of the rows. Each row is read and encoded when the caller asks for it. Rows that the options say to skip are left out.
    /// </returns>
    public static IEnumerable<EncodedExample> EncodeForAsft(this DataOperationsCatalog catalog, IDataView data, AsftOptions options) =>
        new AsftEstimator(MLNet.EnvironmentOf(catalog), options, given: null).Encode(data);
}

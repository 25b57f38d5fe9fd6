using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Data.Examples;
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

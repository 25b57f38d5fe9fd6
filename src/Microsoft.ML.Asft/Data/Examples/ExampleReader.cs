using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Pipeline.MLNetInternals;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Data.Examples;

/// <summary>Encodes the rows of a data view, with schema errors in ML.NET's wording.</summary>
internal static class ExampleReader
{
    /// <summary>The encoder of a loaded model.</summary>
    public static ExampleEncoder EncoderFor(LoadedModel loaded, bool trainOnPrompt = false, bool trainOnThinking = true) =>
        EncoderFor(loaded.Tokenizer, loaded.Model, loaded.Template, trainOnPrompt, trainOnThinking);

    /// <summary>The encoder of a model with a template.</summary>
    public static ExampleEncoder EncoderFor(
        Tokenizer tokenizer, CausalLanguageModel model, PromptTemplate template, bool trainOnPrompt = false, bool trainOnThinking = true)
    {
        int? end = (tokenizer as HuggingFaceTokenizer)?.EosTokenId;
        var own = model.EndOfSequenceTokenIds;
        return new ExampleEncoder(tokenizer, template, end ?? (own.Count > 0 ? own[0] : null), trainOnPrompt, trainOnThinking);
    }

    /// <summary>Encodes every row for a loaded model.</summary>
    public static IReadOnlyList<EncodedExample> ReadAll(IHost host, IDataView data, AsftOptions options, LoadedModel loaded) =>
        Read(host, data, options, loaded).Examples;

    /// <summary>Encodes every row for a loaded model, and counts the rows.</summary>
    /// <param name="host">Receives warnings about what was left out.</param>
    /// <param name="data">The rows.</param>
    /// <param name="options">The options.</param>
    /// <param name="loaded">The model.</param>
    /// <param name="rowName">The name of a row in messages if it does not come from a file.</param>
    public static ExampleSet Read(IHost host, IDataView data, AsftOptions options, LoadedModel loaded, string rowName = "Row") => Read(
        host, data, options, EncoderFor(loaded, options.Data.TrainOnPrompt, options.Data.TrainOnThinking), loaded.Model.HeadWeight.shape[0], rowName);

    /// <summary>Encodes row after row; loads only the tokenizer.</summary>
    public static IEnumerable<EncodedExample> Stream(IHost host, IDataView data, AsftOptions options)
    {
        string folder = LoadedModel.RequireFolder(options);
        var tokenizer = HuggingFaceTokenizer.Load(folder);
        var config = ModelConfig.Load(folder);
        int? end = tokenizer.EosTokenId ?? (config.EosTokenIds.Count > 0 ? config.EosTokenIds[0] : null);
        var encoder = new ExampleEncoder(
            tokenizer, LoadedModel.TemplateOf(options, folder), end, options.Data.TrainOnPrompt, options.Data.TrainOnThinking);
        int vocabulary = options.ResizeEmbedding ? Math.Max(config.VocabSize, tokenizer.VocabSize) : config.VocabSize;
        return Encode(host, data, options, encoder, vocabulary, new RowCounts(), "Row").Select(row => row.Example);
    }

    /// <summary>The columns of a prompt.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The prompt column is missing or not text.</exception>
    public static PromptColumns PromptColumns(IHost host, DataViewSchema schema, AsftOptions options)
    {
        CheckColumns(host, [.. schema.Select(column => column.Name)], name => schema.GetColumnOrNull(name)?.Type, options, withResponse: false);
        return new PromptColumns(schema, options, withResponse: false);
    }

    /// <exception cref="ArgumentOutOfRangeException">The prompt or the response column is missing or not text.</exception>
    public static void CheckTrainingColumns(IHost host, DataViewSchema schema, AsftOptions options) =>
        CheckColumns(host, [.. schema.Select(column => column.Name)], name => schema.GetColumnOrNull(name)?.Type, options, withResponse: true);

    /// <inheritdoc cref="CheckTrainingColumns(IHost, DataViewSchema, AsftOptions)"/>
    public static void CheckTrainingColumns(IHost host, SchemaShape schema, AsftOptions options) => CheckColumns(
        host,
        [.. schema.Select(column => column.Name)],
        name => schema.Where(c => c.Name == name).Select(c => (SchemaShape.Column?)c).FirstOrDefault() is not { } column ? null
            : column.Kind == SchemaShape.Column.VectorKind.Scalar ? column.ItemType : new VectorDataViewType((PrimitiveDataViewType)column.ItemType),
        options,
        withResponse: true);

    private static void CheckColumns(
        IHost host, IReadOnlyList<string> names, Func<string, DataViewType?> typeOf, AsftOptions options, bool withResponse)
    {
        if (withResponse && options.Data.WeightColumnName is { } weight)
        {
            var type = typeOf(weight) ?? throw Missing("weight", weight, "Data.WeightColumnName");
            if (!WeightColumn.CanBe(type))
            {
                throw MLNet.SchemaMismatch(host, "weight", weight, NumberDataViewType.Single, type);
            }
        }

        if (ColumnNames.Messages(options).Any(name => typeOf(name) is TextDataViewType))
        {
            return;
        }

        Check("prompt", FirstOf(ColumnNames.Prompt(options)), "Data.PromptColumnName");
        if (withResponse)
        {
            Check("response", FirstOf(ColumnNames.Response(options)), "Data.ResponseColumnName");
        }

        string FirstOf(IReadOnlyList<string> candidates) => candidates.FirstOrDefault(name => typeOf(name) is not null) ?? candidates[0];

        ArgumentOutOfRangeException Missing(string role, string name, string option) => new(
            "inputSchema", $"Could not find {role} column '{name}'. The data has {string.Join(", ", names)}. Name the column with {option}.");

        void Check(string role, string name, string option)
        {
            var type = typeOf(name) ?? throw Missing(role, name, option);
            if (type is not TextDataViewType)
            {
                throw MLNet.SchemaMismatch(host, role, name, TextDataViewType.Instance, type);
            }
        }
    }

    private static ExampleSet Read(
        IHost host, IDataView data, AsftOptions options, ExampleEncoder encoder, long vocabulary, string rowName)
    {
        var examples = new List<EncodedExample>();
        var samples = new List<Conversation>();
        int wantedSamples = WantedSamples(options);
        var counts = new RowCounts();
        foreach ((EncodedExample example, Conversation conversation) in Encode(host, data, options, encoder, vocabulary, counts, rowName))
        {
            examples.Add(example);
            if (samples.Count < wantedSamples)
            {
                samples.Add(conversation);
            }
        }

        return new ExampleSet(examples, counts.Skipped, counts.Cut, counts.Dropped, counts.Problems, samples, counts.Lengths);
    }

    /// <summary>Encodes the rows lazily.</summary>
    private static IEnumerable<(EncodedExample Example, Conversation Conversation)> Encode(
        IHost host, IDataView data, AsftOptions options, ExampleEncoder encoder, long vocabulary, RowCounts counts, string rowName)
    {
        CheckTrainingColumns(host, data.Schema, options);
        var columns = new PromptColumns(data.Schema, options, withResponse: true);
        using var channel = host.Start("Reading examples");
        var weights = options.Data.WeightColumnName is { } name ? data.Schema[name] : (DataViewSchema.Column?)null;
        using var cursor = data.GetRowCursor([.. columns.All, .. weights is { } column ? new[] { column } : []]);
        var reader = columns.ReaderOf(cursor);
        var weigh = weights is { } weight ? WeightColumn.ReaderOf(cursor, weight) : () => 1;
        while (cursor.MoveNext())
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            Conversation? conversation = null;
            EncodedExample? example = null;
            try
            {
                conversation = reader.Read();
                EncodedExample encoded = encoder.Encode(conversation);
                example = Shorten(encoded, options, vocabulary, weigh, cursor.Position, counts);
                counts.Ignore(encoder.Ignored(conversation));
                counts.Notice(encoded.Notices);
            }
            catch (InvalidDataException error)
            {
                string problem = NameRow(cursor, rowName, error.Message);
                if (options.Data.InvalidRows == RowPolicy.Refuse)
                {
                    throw new InvalidDataException(
                        $"{problem} To leave such rows out, set Data.InvalidRows to {nameof(RowPolicy.Skip)}.", error);
                }

                if (counts.Skip(problem) && options.Runtime.WorkerGroup.Rank == 0)
                {
                    channel.Warning(MessageSensitivity.None, "{0}", problem);
                }
            }

            if (example is not null)
            {
                yield return (example, conversation!);
            }
        }

        if (options.Runtime.WorkerGroup.Rank == 0)
        {
            counts.Report(channel, columns, reader.Unused, options.MaxLength);
            foreach (string warning in encoder.TokenizerWarnings)
            {
                channel.Warning(MessageSensitivity.None, "{0}", warning);
            }
        }

        counts.RequireAny(options.MaxLength);
    }

    /// <summary>Names the current row of a cursor: by file and line if it comes from a file, else by its number.</summary>
    internal static string NameRow(DataViewRow row, string rowName, string problem)
    {
        string place = row is RowCursor file ? file.Place : $"{rowName} {row.Position + 1}";
        return problem.StartsWith(place, StringComparison.Ordinal) ? problem : $"{place}, {problem.TrimEnd('.')}.";
    }

    // Enough rows, so that some are left after the validation share is taken.
    private static int WantedSamples(AsftOptions options) => options.Validation.Fraction > 0
        ? (int)Math.Min(10_000, 8 * options.Reporting.SampleCompletions / options.Validation.Fraction)
        : options.Reporting.SampleCompletions;

    private static EncodedExample? Shorten(
        EncodedExample example, AsftOptions options, long vocabulary, Func<double> weigh, long row, RowCounts counts)
    {
        int highest = example.InputIds.Max();
        if (highest >= vocabulary)
        {
            throw new InvalidDataException(
                $"token {highest} is beyond the model's embedding of {vocabulary} rows. Use the tokenizer that belongs to the model");
        }

        counts.AddLength(example.InputIds.Length);
        bool isLong = example.InputIds.Length > options.MaxLength;
        if (isLong && options.Data.LongRows == LongRowPolicy.Drop)
        {
            counts.Dropped++;
            return null;
        }

        int length = Math.Min(options.MaxLength, example.InputIds.Length);
        var shortened = new EncodedExample(example.InputIds[..length], example.Labels[..length]) { Weight = weigh(), Row = row };
        if (!shortened.Labels.Skip(1).Any(label => label != EncodedExample.IgnoreIndex))
        {
            throw new InvalidDataException(
                $"its prompt alone has {options.MaxLength} tokens or more, so nothing of the response is left. Raise {nameof(AsftOptions.MaxLength)}");
        }

        counts.Used++;
        counts.Cut += isLong ? 1 : 0;
        return shortened;
    }
}

using System.Globalization;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Text;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Asft;

/// <summary>Rows of a data view to encoded examples, with schema errors as ML.NET words them.</summary>
internal static class ExampleReader
{
    private const int NamedRows = 5;

    /// <summary>The encoder of a loaded model.</summary>
    public static ExampleEncoder EncoderFor(LoadedModel loaded, bool trainOnPrompt = false)
    {
        int? end = (loaded.Tokenizer as HuggingFaceTokenizer)?.EosTokenId;
        var own = loaded.Model.EndOfSequenceTokenIds;
        return new ExampleEncoder(loaded.Tokenizer, loaded.Template, end ?? (own.Count > 0 ? own[0] : null), trainOnPrompt);
    }

    /// <summary>Encodes every row for a loaded model.</summary>
    public static IReadOnlyList<EncodedExample> ReadAll(IHost host, IDataView data, AsftOptions options, LoadedModel loaded) =>
        Read(host, data, options, loaded).Examples;

    /// <summary>Encodes every row for a loaded model, and counts.</summary>
    public static ExampleSet Read(IHost host, IDataView data, AsftOptions options, LoadedModel loaded) =>
        Read(host, data, options, EncoderFor(loaded, options.TrainOnPrompt), loaded.Model.HeadWeight.shape[0]);

    /// <summary>Encodes every row with nothing loaded but the tokenizer.</summary>
    public static IReadOnlyList<EncodedExample> ReadAll(IHost host, IDataView data, AsftOptions options)
    {
        string folder = LoadedModel.RequireFolder(options);
        var tokenizer = HuggingFaceTokenizer.Load(folder);
        var config = ModelConfig.Load(folder);
        int? end = tokenizer.EosTokenId ?? (config.EosTokenIds.Count > 0 ? config.EosTokenIds[0] : null);
        return Read(
            host, data, options, new ExampleEncoder(tokenizer, LoadedModel.TemplateOf(options, folder), end, options.TrainOnPrompt),
            options.ResizeEmbedding ? Math.Max(config.VocabSize, tokenizer.VocabSize) : config.VocabSize).Examples;
    }

    /// <summary>The columns of a prompt.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The prompt column is missing or not text.</exception>
    public static PromptColumns PromptColumns(IHost host, DataViewSchema schema, AsftOptions options)
    {
        CheckColumns(host, name => schema.GetColumnOrNull(name)?.Type, options, withResponse: false);
        return new PromptColumns(schema, options, withResponse: false);
    }

    /// <exception cref="ArgumentOutOfRangeException">The prompt or the response column is missing or not text.</exception>
    public static void CheckTrainingColumns(IHost host, DataViewSchema schema, AsftOptions options) =>
        CheckColumns(host, name => schema.GetColumnOrNull(name)?.Type, options, withResponse: true);

    /// <inheritdoc cref="CheckTrainingColumns(IHost, DataViewSchema, AsftOptions)"/>
    public static void CheckTrainingColumns(IHost host, SchemaShape schema, AsftOptions options) => CheckColumns(
        host,
        name => !schema.TryFindColumn(name, out var column) ? null
            : column.Kind == SchemaShape.Column.VectorKind.Scalar ? column.ItemType : new VectorDataViewType((PrimitiveDataViewType)column.ItemType),
        options,
        withResponse: true);

    private static void CheckColumns(IHost host, Func<string, DataViewType?> typeOf, AsftOptions options, bool withResponse)
    {
        if (withResponse && options.WeightColumnName is { } weight)
        {
            var type = typeOf(weight) ?? throw host.ExceptSchemaMismatch("inputSchema", "weight", weight);
            if (!WeightColumn.CanBe(type))
            {
                throw host.ExceptSchemaMismatch("inputSchema", "weight", weight, NumberDataViewType.Single.ToString(), type.ToString());
            }
        }

        if (options.MessagesColumnName is { } messages && typeOf(messages) is TextDataViewType)
        {
            return;
        }

        Check("prompt", options.PromptColumnName);
        if (withResponse)
        {
            Check("response", options.ResponseColumnName);
        }

        void Check(string role, string name)
        {
            var type = typeOf(name) ?? throw host.ExceptSchemaMismatch("inputSchema", role, name);
            if (type is not TextDataViewType)
            {
                throw host.ExceptSchemaMismatch("inputSchema", role, name, TextDataViewType.Instance.ToString(), type.ToString());
            }
        }
    }

    private static ExampleSet Read(IHost host, IDataView data, AsftOptions options, ExampleEncoder encoder, long vocabulary)
    {
        CheckTrainingColumns(host, data.Schema, options);
        var columns = new PromptColumns(data.Schema, options, withResponse: true);
        using var channel = host.Start("Reading examples");
        var weights = options.WeightColumnName is { } name ? data.Schema[name] : (DataViewSchema.Column?)null;
        using var cursor = data.GetRowCursor([.. columns.All, .. weights is { } column ? new[] { column } : []]);
        var read = columns.ReaderOf(cursor);
        var weigh = weights is { } weight ? WeightColumn.ReaderOf(cursor, weight) : () => 1;
        var examples = new List<EncodedExample>();
        var problems = new List<string>();
        var samples = new List<Conversation>();
        int wantedSamples = WantedSamples(options);
        (int skipped, int cut, int dropped) = (0, 0, 0);
        while (cursor.MoveNext())
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            try
            {
                var conversation = read();
                var example = encoder.Encode(conversation);
                CheckIds(example, vocabulary);
                bool isLong = example.InputIds.Length > options.MaxLength;
                if (isLong && options.LongRows == LongRowPolicy.Drop)
                {
                    dropped++;
                    continue;
                }

                examples.Add(Shorten(example, options.MaxLength, weigh(), cursor.Position));
                cut += isLong ? 1 : 0;
                if (samples.Count < wantedSamples)
                {
                    samples.Add(conversation);
                }
            }
            catch (InvalidDataException error)
            {
                string problem = $"Row {cursor.Position + 1}, {error.Message.TrimEnd('.')}.";
                if (options.InvalidRows == RowPolicy.Refuse)
                {
                    throw new InvalidDataException(
                        $"{problem} To leave such rows out, set {nameof(AsftOptions.InvalidRows)} to {nameof(RowPolicy.Skip)}.", error);
                }

                if (skipped++ < NamedRows)
                {
                    problems.Add(problem);
                    if (options.WorkerGroup.Rank == 0)
                    {
                        channel.Warning(MessageSensitivity.None, "{0}", problem);
                    }
                }
            }
        }

        if (options.WorkerGroup.Rank == 0)
        {
            Report(channel, examples.Count, skipped, cut, dropped, options.MaxLength);
            foreach (string warning in encoder.TokenizerWarnings)
            {
                channel.Warning(MessageSensitivity.None, "{0}", warning);
            }
        }

        return examples.Count > 0 ? new ExampleSet(examples, skipped, cut, dropped, problems, samples) : throw new InvalidDataException(
            problems.Count > 0 ? $"No row can be used. The first problem: {problems[0]}"
            : dropped > 0 ? $"All {dropped} rows are longer than {options.MaxLength} tokens; raise {nameof(AsftOptions.MaxLength)}, or cut them."
            : "The data has no rows: there is nothing to learn from.");
    }

    // Of a share that is put aside later, enough to find some in it.
    private static int WantedSamples(AsftOptions options) => options.Validation.Fraction > 0
        ? (int)Math.Min(10_000, 8 * options.SampleCompletions / options.Validation.Fraction)
        : options.SampleCompletions;

    private static void CheckIds(EncodedExample example, long vocabulary)
    {
        int highest = example.InputIds.Max();
        if (highest >= vocabulary)
        {
            throw new InvalidDataException(
                $"token {highest} is beyond the model's embedding of {vocabulary} rows; use the tokenizer that belongs to the model");
        }
    }

    private static EncodedExample Shorten(EncodedExample example, int maxLength, double weight, long row)
    {
        int length = Math.Min(maxLength, example.InputIds.Length);
        var shortened = new EncodedExample(example.InputIds[..length], example.Labels[..length]) { Weight = weight, Row = row };
        return shortened.Labels.Skip(1).Any(label => label != EncodedExample.IgnoreIndex) ? shortened : throw new InvalidDataException(
            $"its prompt alone is {maxLength} tokens or longer, so that nothing of the response is left; raise {nameof(AsftOptions.MaxLength)}");
    }

    private static void Report(IChannel channel, int used, int skipped, int cut, int dropped, int maxLength)
    {
        int all = used + skipped + dropped;
        Warn(skipped, $"{skipped:N0} of {all:N0} rows could not be used.");
        Warn(cut, $"{cut:N0} of {all:N0} rows are longer than {maxLength} tokens and were cut.");
        Warn(dropped, $"{dropped:N0} of {all:N0} rows are longer than {maxLength} tokens and were left out.");

        void Warn(int count, FormattableString text)
        {
            if (count > 0)
            {
                channel.Warning(MessageSensitivity.None, "{0}", text.ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}

using System.CommandLine;
using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>The library's options that several commands have.</summary>
internal static class AsftOptionGroups
{
    public static Option<string?> AddModel(this BoundOptions<AsftOptions> options) =>
        options.Add("--model", "DIR", "The model's folder: config.json, *.safetensors, tokenizer.json.", o => o.ModelPath);

    public static Option<string?> AddAdapter(this BoundOptions<AsftOptions> options, string description) =>
        options.Add("--adapter", "DIR", description, o => o.AdapterPath);

    public static void AddResizeEmbedding(this BoundOptions<AsftOptions> options) => options.AddFlag(
        "--resize-embedding", "Let the embedding grow where the tokenizer has more tokens than it has rows.", o => o.ResizeEmbedding);

    public static void AddColumns(this BoundOptions<AsftOptions> options)
    {
        options.Add("--prompt-column", "NAME", "The field with the prompt.", o => o.PromptColumnName);
        options.Add("--response-column", "NAME", "The field with the response.", o => o.ResponseColumnName);
    }

    public static Option<string> AddTemplate(this BoundOptions<AsftOptions> options)
    {
        string[] names = [.. PromptTemplate.Names, "none"];
        string description = $"How prompts are put to the model; auto is its own way. One of {string.Join(", ", names)}.";
        return options.Add("--template", "NAME", description, o => o.Template).OneOf(names);
    }

    public static void AddRowLimits(this BoundOptions<AsftOptions> options)
    {
        options.Add("--max-length", "N", "The most tokens of a row.", o => o.MaxLength);
        options.AddChoice(
            "--long-rows", "What becomes of a longer row: cut at the end, or left out.", o => o.LongRows,
            ("truncate", LongRowPolicy.Truncate), ("drop", LongRowPolicy.Drop));
        options.AddChoice(
            "--invalid-rows", "What becomes of a row that cannot be learned from: an error, or left out and counted.", o => o.InvalidRows,
            ("refuse", RowPolicy.Refuse), ("skip", RowPolicy.Skip));
    }

    public static void AddAnchor(this BoundOptions<AsftOptions> options)
    {
        options.Add("--kl-weight", "X", "λ, the weight of the KL anchor.", o => o.KlWeight);
        options.AddChoice(
            "--kl-direction", "forward is KL(reference‖model), reverse KL(model‖reference).", o => o.KlDirection,
            ("forward", KlDirection.Forward), ("reverse", KlDirection.Reverse));
    }

    public static Option<string> AddPrecision(this BoundOptions<AsftOptions> options) => options.AddChoice(
        "--dtype", "The number format of the model's weights in memory.", o => o.Precision,
        ("float32", ModelPrecision.Float32), ("bfloat16", ModelPrecision.BFloat16));

    public static Option<string?> AddDevice(this BoundOptions<AsftOptions> options) =>
        options.Add("--device", "NAME", "cpu (when nothing is said), cuda or cuda:1.", o => o.Device);
}

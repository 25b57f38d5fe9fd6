using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;

namespace Microsoft.ML.Asft.Cli.Inspection;

/// <summary>Describes an ML.NET model file without loading the base model.</summary>
internal static class PipelineFacts
{
    // The entry that holds an ASFT transformer's settings. ML.NET writes it as UTF-8.
    private const string Settings = "settings.json";

    // The setting with PEFT's adapter_config.json, as text.
    private const string Adapter = "Adapter";

    public static JsonObject Of(string path)
    {
        InputPaths.CheckPipeline(path);
        try
        {
            return Read(path);
        }
        catch (Exception error) when (error is InvalidDataException or JsonException or InvalidOperationException)
        {
            throw new CommandException($"'{path}' is damaged: {error.Message.TrimEnd('.')}. Save the pipeline again.", innerException: error);
        }
    }

    private static JsonObject Read(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        var entry = archive.Entries.FirstOrDefault(e => Path.GetFileName(e.FullName.Replace('\\', '/')) == Settings)
            ?? throw new CommandException($"'{path}' is a zip file without an ASFT transformer. Give a file that train saved.");
        using var content = entry.Open();
        var facts = new JsonObject { ["kind"] = "pipeline" };
        foreach (var (name, value) in JsonNode.Parse(content)!.AsObject())
        {
            facts[JsonNamingPolicy.SnakeCaseLower.ConvertName(name)] =
                name == Adapter && value is not null ? JsonNode.Parse((string)value!) : value?.DeepClone();
        }

        return facts;
    }
}

using System.IO.Compression;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Cli.Inspection;

/// <summary>What there is to know of an ML.NET model file without loading the base model.</summary>
internal static class PipelineFacts
{
    // The part of the file that an ASFT transformer writes its settings to; ML.NET writes it as UTF-8.
    private const string Settings = "settings.json";

    public static JsonObject Of(string path)
    {
        using var archive = Open(path);
        var entry = archive.Entries.FirstOrDefault(e => Path.GetFileName(e.FullName.Replace('\\', '/')) == Settings)
            ?? throw new CommandException($"'{path}' is a zip file without an ASFT transformer in it; give one that train saved.");
        using var content = entry.Open();
        return new JsonObject { ["kind"] = "pipeline", ["settings"] = JsonNode.Parse(content) };
    }

    private static ZipArchive Open(string path)
    {
        try
        {
            return ZipFile.OpenRead(path);
        }
        catch (InvalidDataException)
        {
            throw new CommandException($"'{path}' is no zip file. Name a model's folder, an adapter's folder or a pipeline's zip file.");
        }
    }
}

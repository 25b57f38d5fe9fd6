using System.Text.Json;

namespace Microsoft.ML.Asft.Hub;

/// <summary>What a folder was filled with, kept in it so that it can be used without the Hub.</summary>
internal sealed record HubManifest(string Repository, bool IsDataset, string Revision, string Commit, IReadOnlyList<HubFile> Files)
{
    /// <summary>The folder for what is not the repository's: the manifest, and files that are not complete.</summary>
    public const string FolderName = ".asft-hub";

    private const string FileName = "manifest.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true };

    public static string FolderIn(string folder) => Path.Combine(folder, FolderName);

    /// <exception cref="HubException">The manifest is damaged.</exception>
    public static HubManifest? Read(string folder)
    {
        string path = Path.Combine(FolderIn(folder), FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<HubManifest>(File.ReadAllText(path), Json);
        }
        catch (JsonException error)
        {
            throw new HubException($"'{path}' is damaged: {error.Message} Delete it.", error);
        }
    }

    public void Write(string folder)
    {
        string path = Path.Combine(FolderIn(folder), FileName);
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(this, Json));
        File.Move(temporary, path, overwrite: true);
    }
}

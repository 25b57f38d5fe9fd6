using System.Text.Json;

namespace Microsoft.ML.Asft.Hub;

/// <summary>The manifest of a downloaded folder, which allows its use without the Hub.</summary>
internal sealed record HubManifest(string Repository, bool IsDataset, string Revision, string Commit, IReadOnlyList<HubFile> Files)
{
    /// <summary>The folder for the manifest and incomplete files.</summary>
    public const string FolderName = ".asft-hub";

    private const string FileName = "manifest.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true
    };

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

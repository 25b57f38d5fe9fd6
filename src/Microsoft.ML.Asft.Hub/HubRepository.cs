using System.Text.Json;

namespace Microsoft.ML.Asft.Hub;

/// <summary>A repository at a commit, as the Hub's API describes it.</summary>
internal sealed record HubRepository(string Commit, IReadOnlyList<HubFile> Files)
{
    /// <summary>The address of the description: <c>/api/models/NAME/revision/REVISION?blobs=true</c>.</summary>
    public static Uri AddressOf(HubRequest request, Uri endpoint) => new(
        $"{Root(endpoint)}/api/{(request.IsDataset ? "datasets" : "models")}/{request.Repository}/revision/{Uri.EscapeDataString(request.Revision)}?blobs=true");

    /// <summary>The address of a file: <c>/NAME/resolve/COMMIT/PATH</c>, after <c>/datasets</c> for a data set.</summary>
    public Uri AddressOf(HubFile file, HubRequest request, Uri endpoint) => new(
        $"{Root(endpoint)}/{(request.IsDataset ? "datasets/" : "")}{request.Repository}/resolve/{Uri.EscapeDataString(Commit)}/"
        + string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString)));

    /// <exception cref="HubException">It is not such a description.</exception>
    public static HubRepository Parse(string json, string repository)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return new HubRepository(
                root.GetProperty("sha").GetString()!,
                [.. root.GetProperty("siblings").EnumerateArray().Select(FileOf)]);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new HubException(
                $"The Hub's description of '{repository}' cannot be read: {error.Message} Is HF_ENDPOINT the address of a Hub?", error);
        }
    }

    private static string Root(Uri endpoint) => endpoint.ToString().TrimEnd('/');

    private static HubFile FileOf(JsonElement sibling)
    {
        var lfs = sibling.TryGetProperty("lfs", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        bool isLarge = lfs.ValueKind == JsonValueKind.Object;
        return new HubFile(
            sibling.GetProperty("rfilename").GetString()!,
            (isLarge ? lfs : sibling).GetProperty("size").GetInt64(),
            isLarge ? lfs.GetProperty("sha256").GetString() : null,
            !isLarge && sibling.TryGetProperty("blobId", out var blob) ? blob.GetString() : null);
    }
}

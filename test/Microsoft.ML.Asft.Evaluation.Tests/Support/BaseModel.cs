using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Evaluation.Tests.Support;

/// <summary>The small base model of <c>test/assets</c>, loaded once for a class of tests.</summary>
public sealed class BaseModel : IDisposable
{
    public MLContext MLContext { get; } = new(seed: 1);

    public AsftTransformer Model { get; }

    public BaseModel() => Model = MLContext.Model.LoadAsft(new AsftOptions { ModelPath = PathOf("base-model"), Runtime = { Precision = ModelPrecision.Float32 } });

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "assets", name);

    public IDataView Rows(IEnumerable<object> rows) => MLContext.Data.LoadAsftData(Write(rows));

    public void Dispose()
    {
        Model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private readonly string _folder = Directory.CreateTempSubdirectory("asft-evaluation-").FullName;

    private string Write(IEnumerable<object> rows)
    {
        string path = Path.Combine(_folder, Path.GetRandomFileName());
        File.WriteAllLines(path, rows.Select(row => System.Text.Json.JsonSerializer.Serialize(row)));
        return path;
    }
}

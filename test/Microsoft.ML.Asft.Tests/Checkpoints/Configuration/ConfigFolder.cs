using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Configuration;

/// <summary>A folder with configurations to read.</summary>
public abstract class ConfigFolder : IDisposable
{
    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ModelConfig Read(string config, string? generation = null)
    {
        Folder.Write("config.json", config);
        File.Delete(Folder["generation_config.json"]);
        if (generation is not null)
        {
            Folder.Write("generation_config.json", generation);
        }

        return ModelConfig.Load(Folder.Path);
    }
}

using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>Looks whether what the command line names is there, to say so in the command line's own words.</summary>
internal static class InputPaths
{
    /// <exception cref="CommandException">A folder is not there.</exception>
    public static AsftOptions CheckFolders(this AsftOptions options)
    {
        CheckModel(options.ModelPath!);
        if (options.AdapterPath is { } adapter && !File.Exists(Path.Combine(adapter, "adapter_config.json")))
        {
            throw new CommandException($"'{adapter}' is no adapter's folder: it has no adapter_config.json.");
        }

        return options;
    }

    /// <exception cref="CommandException">The file is not there, or no zip file.</exception>
    public static void CheckPipeline(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException($"There is no file '{path}'. A pipeline is the zip file that train saves.");
        }

        using var file = File.OpenRead(path);
        if (file.ReadByte() != 'P' || file.ReadByte() != 'K')
        {
            throw new CommandException($"'{path}' is no zip file. A pipeline is the zip file that train saves.");
        }
    }

    /// <exception cref="CommandException">The folder is not there.</exception>
    public static void CheckModel(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CommandException(
                $"There is no folder '{folder}'. --model names a model's folder: config.json, *.safetensors, tokenizer.json.");
        }
    }
}

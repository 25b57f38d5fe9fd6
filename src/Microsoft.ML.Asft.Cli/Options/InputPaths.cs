using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>Checks that the paths on the command line exist, so that errors name the option.</summary>
internal static class InputPaths
{
    /// <exception cref="CommandException">A folder does not exist.</exception>
    public static AsftOptions CheckFolders(this AsftOptions options)
    {
        CheckModel(options.ModelPath!);
        if (options.AdapterPath is { } adapter && !File.Exists(Path.Combine(adapter, "adapter_config.json")))
        {
            throw new CommandException($"'{adapter}' is not an adapter's folder: it has no adapter_config.json.");
        }

        return options;
    }

    /// <exception cref="CommandException">The file does not exist or is not a zip file.</exception>
    public static void CheckPipeline(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException($"There is no file '{path}'. A pipeline is the zip file that train saves.");
        }

        using var file = File.OpenRead(path);
        if (file.ReadByte() != 'P' || file.ReadByte() != 'K')
        {
            throw new CommandException($"'{path}' is not a zip file. A pipeline is the zip file that train saves.");
        }
    }

    /// <exception cref="CommandException">The folder does not exist.</exception>
    public static void CheckModel(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CommandException(
                $"There is no folder '{folder}'. --model must name a model's folder: config.json, *.safetensors, tokenizer.json.");
        }
    }
}

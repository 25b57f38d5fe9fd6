using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>The folder that <c>asft train</c> fills: while it trains with its log and checkpoints, and then with what came of it.</summary>
internal sealed class TrainingOutput(string folder)
{
    public string Folder { get; } = folder;

    /// <exception cref="CommandException">The folder cannot take the output.</exception>
    public void Check(AsftOptions options)
    {
        if (File.Exists(Folder))
        {
            throw new CommandException($"--output is '{Folder}', which is a file; name a folder, new or not.");
        }

        if (Path.GetFullPath(Folder) == Path.GetFullPath(options.ModelPath!))
        {
            throw new CommandException($"--output is '{Folder}', the folder of the model itself; name another.");
        }
    }

    public void Save(MLContext mlContext, AsftTransformer model, DataViewSchema schema, bool isFull)
    {
        Directory.CreateDirectory(Folder);
        if (isFull)
        {
            model.SaveModel(Folder);
        }
        else
        {
            model.SaveAdapter(Folder);
        }

        WholeFile.WriteAt(Path.Combine(Folder, "pipeline.zip"), path => mlContext.Model.Save(model, schema, path));
    }
}

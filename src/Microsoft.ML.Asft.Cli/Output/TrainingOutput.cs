using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>The output folder of <c>asft train</c>: the log and the checkpoints during training, the results at the end.</summary>
internal sealed class TrainingOutput(string folder)
{
    public string Folder { get; } = folder;

    /// <exception cref="CommandException">The folder cannot take the output.</exception>
    public void Check(AsftOptions options)
    {
        if (File.Exists(Folder))
        {
            throw new CommandException($"--output is '{Folder}', which is a file. Name a folder; it need not exist.");
        }

        if (Path.GetFullPath(Folder) == Path.GetFullPath(options.ModelPath!))
        {
            throw new CommandException($"--output is '{Folder}', the folder of the model. Name another folder.");
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

        AtomicFile.WriteAt(Path.Combine(Folder, "pipeline.zip"), path => mlContext.Model.Save(model, schema, path));
    }
}

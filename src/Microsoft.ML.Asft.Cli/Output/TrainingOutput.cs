using System.CommandLine;
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

    /// <summary>Writes <c>config.yaml</c> with the first step, so that a run that ends early has it too.</summary>
    /// <param name="display">Receives every step.</param>
    /// <param name="parse">The options.</param>
    /// <param name="isFirst">Whether this is the first worker, which alone writes.</param>
    public IProgress<AsftProgress> WithConfig(IProgress<AsftProgress> display, ParseResult parse, bool isFirst) =>
        isFirst ? new ConfigThenDisplay(Path.Combine(Folder, "config.yaml"), display, parse) : display;

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

    private sealed class ConfigThenDisplay(string path, IProgress<AsftProgress> display, ParseResult parse) : IProgress<AsftProgress>
    {
        private bool _isWritten;

        public void Report(AsftProgress value)
        {
            if (!_isWritten)
            {
                EffectiveConfig.Write(path, parse);
                _isWritten = true;
            }

            display.Report(value);
        }
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Hub;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft download</c>: a model or a data set from the Hugging Face Hub.</summary>
internal sealed class DownloadCommand : AsftCommand
{
    private readonly Argument<string> _repository = new("REPO") { Description = "The repository, such as Qwen/Qwen2.5-0.5B." };
    private readonly Option<bool> _dataset = SharedOptions.Flag("--dataset", "The repository is a data set, not a model.");
    private readonly Option<string> _revision = new("--revision")
    {
        HelpName = "R", Description = "The branch, tag or commit.", DefaultValueFactory = _ => "main",
    };

    private readonly Option<string[]> _include = new("--include")
    {
        HelpName = "GLOB", Description = "Only files whose path matches; may be given several times. Without it: every file.",
    };

    private readonly Option<string?> _output = SharedOptions.Output("DIR", "The folder for the files.").Required();

    public DownloadCommand()
        : base("download", "Downloads a model or a data set from the Hugging Face Hub (HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE).")
    {
        Add(_repository);
        Add(_dataset);
        Add(_revision);
        Add(_include);
        Add(_output);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "download Qwen/Qwen2.5-0.5B --include \"*.json\" --include \"*.safetensors\" --output models/Qwen2.5-0.5B",
        "download chichi56/ASFT --dataset --output data/asft",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        string output = parse.GetRequiredValue(_output)!;
        if (File.Exists(output))
        {
            throw new CommandException($"--output is '{output}', which is a file. Name a folder; it need not exist.");
        }

        var request = new HubRequest
        {
            Repository = parse.GetRequiredValue(_repository),
            IsDataset = parse.GetValue(_dataset),
            Revision = parse.GetRequiredValue(_revision),
            Include = parse.GetValue(_include) ?? [],
            OutputFolder = output,
        };
        var snapshot = DownloadDisplay.Show(
            console,
            progress =>
            {
                using var client = new HubClient();
                return client.DownloadAsync(request, progress, cancellationToken).GetAwaiter().GetResult();
            },
            cancellationToken);
        long bytes = snapshot.Files.Sum(file => file.Size);
        console.Result(
            new JsonObject
            {
                ["repository"] = snapshot.Repository,
                ["commit"] = snapshot.Commit,
                ["files"] = snapshot.Files.Count,
                ["bytes"] = bytes,
                ["output"] = output,
            },
            $"{snapshot.Files.Count} files of {snapshot.Repository} at {snapshot.Commit}, {bytes / 1e6:F1} MB, are in {output}");
    }
}

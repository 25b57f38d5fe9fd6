using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Evaluation.Alpaca;

namespace Microsoft.ML.Asft.Cli.Commands.Evaluate;

/// <summary><c>asft evaluate judge</c>: a language model's preference between two models' answers.</summary>
internal sealed class JudgeCommand : AsftCommand
{
    private readonly BoundOptions<JudgeOptions> _options;
    private readonly Option<string?> _outputs = SharedOptions.Text("--outputs", "FILE", "The model_outputs.json of the model.")
        .Required();
    private readonly Option<string?> _compare =
        SharedOptions.Text("--compare", "BASE", "The model_outputs.json of the model to compare with.").Required();

    private readonly Option<string?> _endpoint = SharedOptions.Text(
        "--endpoint", "URL", "The judge's OpenAI-compatible endpoint, with the key in OPENAI_API_KEY. Without it: OpenAI's own endpoint.");

    private readonly Option<string?> _prompt = SharedOptions.Text(
        "--judge-prompt", "FILE", "Your own prompt, such as AlpacaEval's alpaca_eval_clf.txt.");

    private readonly Option<string?> _output = SharedOptions.Output(
        "DIR", "The run's folder: a line for each pair, the judge's answers, and the report.");

    public JudgeCommand()
        : base("judge", "Lets a language model compare two models' answers, and gives win rates, also length-controlled.")
    {
        _options = new BoundOptions<JudgeOptions>(this);
        Add(_outputs);
        Add(_compare);
        _options.Add("--judge", "NAME", "The judge's name at the endpoint.", o => o.Judge).Required();
        Add(_endpoint);
        Add(_prompt);
        Add(_output);
        _options.Add("--limit", "N", "Take only the first N pairs. Without it: all.", o => o.MaxItems);
        _options.Add("--batch-size", "N", "Pairs that are judged at the same time.", o => o.BatchSize);
        _options.Add("--max-retries", "N", "How often a failed request is retried.", o => o.MaxRetries);
        _options.Add("--seed", "N", "The seed for the order of each pair.", o => o.Seed);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "evaluate judge --outputs ours/model_outputs.json --compare base/model_outputs.json --judge gpt-4o --output runs/judge",
        "evaluate judge --outputs ours/model_outputs.json --compare base/model_outputs.json --judge asft --endpoint http://127.0.0.1:8080/v1",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = _options.Create(parse);
        options.CancellationToken = cancellationToken;
        if (parse.GetValue(_endpoint) is { } endpoint)
        {
            options.Endpoint = Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? address
                : throw new CommandException(
                    $"--endpoint is '{endpoint}', which is not an address. Give one like http://127.0.0.1:8080/v1.");
        }

        if (parse.GetValue(_prompt) is { } prompt)
        {
            options.Prompt = File.ReadAllText(Existing(prompt, "--judge-prompt"));
        }

        var outputs = AlpacaOutput.ReadAll(Existing(parse.GetRequiredValue(_outputs)!, "--outputs"));
        var baseOutputs = AlpacaOutput.ReadAll(Existing(parse.GetRequiredValue(_compare)!, "--compare"));
        if (parse.GetValue(_output) is { } folder)
        {
            Directory.CreateDirectory(folder);
            options.OutputFolder = folder;
            options.CacheFile = Path.Combine(folder, "verdicts.jsonl");
        }

        var metrics = EvaluationDisplay.Show(
            console,
            "",
            progress =>
            {
                options.Progress = progress;
                return PairwiseJudge.Compare(outputs, baseOutputs, options);
            },
            cancellationToken);
        Report(metrics, options.OutputFolder, console);
    }

    private static void Report(JudgeMetrics metrics, string? folder, CommandConsole console)
    {
        var json = new JsonObject
        {
            ["items"] = metrics.Items.Count,
            ["judged"] = EvaluationReport.Json(metrics.Judged),
            ["win_rate"] = EvaluationReport.Json(metrics.WinRate),
            ["discrete_win_rate"] = EvaluationReport.Json(metrics.DiscreteWinRate),
            ["length_controlled_win_rate"] = JsonText.Number(metrics.LengthControlledWinRate),
        };
        if (folder is not null)
        {
            json["output"] = folder;
            AtomicFile.Write(Path.Combine(folder, "report.json"), writer =>
            {
                writer.WriteLine(json.ToJsonString(JsonText.Indented));
                return true;
            });
        }

        console.Result(json, NameValueTable.Of(
        [
            ("win rate", string.Create(
                CultureInfo.InvariantCulture, $"{100 * metrics.WinRate:F1} % ± {100 * metrics.WinRate.StandardError:F1} (standard error)")),
            ("length-controlled", string.Create(CultureInfo.InvariantCulture, $"{100 * metrics.LengthControlledWinRate:F1} %")),
            ("preferred", metrics.DiscreteWinRate.ToString()),
            ("judged", metrics.Judged.ToString()),
        ]));
    }

    private static string Existing(string file, string option) =>
        File.Exists(file) ? file : throw new CommandException($"There is no file '{file}'. Correct {option}.");
}

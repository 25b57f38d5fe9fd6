using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Evaluation.Alpaca;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Cli.Commands.Evaluate;

/// <summary><c>asft evaluate alpaca</c>: answers to AlpacaEval's instructions, for a judge.</summary>
internal sealed class AlpacaCommand : ModelEvaluationCommand<AlpacaOptions>
{
    public AlpacaCommand()
        : base(
            "alpaca",
            "Answers AlpacaEval's instructions and writes DIR/model_outputs.json for evaluate judge and AlpacaEval.",
            "The instructions: AlpacaEval's alpaca_eval.json, or JSON Lines with the field instruction.",
            "Also answer with this model or adapter, into DIR/base/model_outputs.json.")
    {
        Evaluation.Add("--generator", "NAME", "The model's name in the file.", o => o.Generator);
        Evaluation.Add("--template", "NAME", "The prompt template; auto is the model's own, auto:NAME a named one of its folder.", o => o.Template)
            .TemplateOf([.. PromptTemplate.Names]);
        Evaluation.Add("--temperature", "X", "The sampling temperature; 0 takes the likeliest token each time.", o => o.Temperature);
        Evaluation.Add("--max-new-tokens", "N", "The maximum number of tokens of an answer.", o => o.MaxNewTokens);
        OutputOption.Required();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "evaluate alpaca --model models/small --adapter out --data alpaca_eval.json --compare models/small --output runs/alpaca",
        "evaluate judge --outputs runs/alpaca/model_outputs.json --compare runs/alpaca/base/model_outputs.json --judge gpt-4o --output runs/judge",
    ];

    protected override (JsonObject Json, string Text) Evaluate(EvaluationRun<AlpacaOptions> run, string? compare)
    {
        var instructions = run.Workers.RunOnAll(() => File.Exists(run.Data) ? AlpacaOutput.ReadAll(run.Data) : throw new CommandException(
            $"There is no file '{run.Data}'. Correct --data."));
        string folder = run.Output!;
        var answers = Write(run, folder, run.Measure((model, options) => model.AnswerInstructions(instructions, options)));
        if (compare is not null)
        {
            Write(run, Path.Combine(folder, "base"), run.MeasureBase(
                compare, (model, options) => model.AnswerInstructions(instructions, options),
                done => AlpacaOutput.ReadAll(Path.Combine(done, "items.jsonl"))));
        }

        double length = answers.Average(answer => answer.Output.Length);
        return (
            new JsonObject { ["items"] = answers.Count, ["mean_length"] = length, ["model_outputs"] = FileIn(folder) },
            string.Create(CultureInfo.InvariantCulture,
                $"{answers.Count} answers of {length:F0} characters on average are in {FileIn(folder)}"));
    }

    private static IReadOnlyList<AlpacaOutput> Write(
        EvaluationRun<AlpacaOptions> run, string folder, IReadOnlyList<AlpacaOutput> answers)
    {
        run.Workers.RunOnFirst(() =>
        {
            Directory.CreateDirectory(folder);
            AlpacaOutput.WriteAll(FileIn(folder), answers);
        });
        return answers;
    }

    private static string FileIn(string folder) => Path.Combine(folder, "model_outputs.json");
}

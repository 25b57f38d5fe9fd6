using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training.Checkpointing;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>Collects the content of a run's report and writes it when the run ends, also if it fails.</summary>
internal sealed class RunReport
{
    private readonly AsftOptions _options;
    private readonly ExampleSet _training;
    private readonly ExampleSet? _validation;
    private readonly Func<IReadOnlyList<Conversation>, IReadOnlyList<string>> _complete;
    private readonly Conversation[] _prompts;
    private SampleCompletion[] _samples;

    /// <summary>Completes the sample prompts with the model before training.</summary>
    public RunReport(
        AsftOptions options, ExampleSet training, ExampleSet? validation,
        Func<IReadOnlyList<Conversation>, IReadOnlyList<string>> complete)
    {
        (_options, _training, _validation, _complete) = (options, training, validation, complete);
        Conversation[] conversations = [.. (validation ?? training).Samples.Take(options.Reporting.SampleCompletions)];
        _prompts = [.. conversations.Select(c => c with { Messages = [.. c.Take(LastOfAssistant(c.Messages))] })];
        var before = _prompts.Length > 0 ? complete(_prompts) : [];
        _samples = [.. conversations.Select((c, i) => new SampleCompletion(
            string.Join('\n', _prompts[i].Select(m => m.Input is null ? m.Content : $"{m.Content}\n{m.Input}")), c.Messages[LastOfAssistant(c.Messages)].Content, before[i], null))];
    }

    /// <summary>Completes the sample prompts again with the trained model.</summary>
    public void CompleteAfter()
    {
        var after = _prompts.Length > 0 ? _complete(_prompts) : [];
        _samples = [.. _samples.Select((sample, i) => sample with { After = after[i] })];
    }

    /// <summary>Writes <c>report.html</c>.</summary>
    /// <param name="outcome">How the run ended.</param>
    /// <param name="identity">The values that the run's numbers depend on.</param>
    /// <param name="steps">The results of each step.</param>
    /// <param name="validations">The results on the validation rows.</param>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public void Write(string outcome, RunIdentity identity, IReadOnlyList<AsftProgress> steps, IReadOnlyList<AsftValidation> validations)
    {
        string model = _options.ModelPath is { } path ? Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) : "a model made in code";
        var report = new TrainingReport(
            $"Fine-tuning {model} with {_options.Loss.TokenObjective?.GetType().Name ?? NameOf(_options.Objective)}",
            outcome, steps, validations, _samples, [.. Counts()], _training.Problems, [.. Configuration(identity)]);
        Directory.CreateDirectory(_options.OutputFolder!);
        AtomicFile.WriteText(Path.Combine(_options.OutputFolder!, "report.html"), report.ToHtml());
    }

    private IEnumerable<(string Name, string Value)> Counts()
    {
        yield return ("training rows", Text(_training.Examples.Count));
        yield return ("their tokens", Text(_training.Examples.Sum(e => (long)e.InputIds.Length)));
        yield return ("their labelled tokens", Text(_training.Examples.Sum(e => (long)TrainingBatch.LabelCount(e))));
        yield return ("longest row, in tokens", Text(_training.Examples.Max(e => e.InputIds.Length)));
        yield return ("rows that could not be used", Text(_training.Skipped));
        yield return ($"rows cut to {_options.MaxLength} tokens", Text(_training.Cut));
        yield return ("rows left out for their length", Text(_training.Dropped));
        yield return ("validation rows", Text(_validation?.Examples.Count ?? 0));
    }

    private IEnumerable<(string Name, string Value)> Configuration(RunIdentity identity)
    {
        yield return (nameof(AsftOptions.ModelPath), _options.ModelPath ?? "made in code");
        yield return ("trained", _options.AdapterPath is { } adapter ? $"the adapter of {adapter}" : _options.Lora is { } lora
            ? $"adapters of rank {lora.Rank} on {lora.TargetPattern ?? string.Join(", ", lora.TargetModules)}"
            : _options.FrozenModules.Count == 0 ? "every parameter" : $"every parameter but {string.Join(", ", _options.FrozenModules)}");
        yield return (nameof(AsftOptions.Template), _options.PromptTemplate?.Name ?? _options.Template);
        yield return (nameof(AsftOptions.MaxLength), Text(_options.MaxLength));
        foreach (var (name, value) in identity.Settings.Concat(identity.Essentials))
        {
            if (value.Length > 0 && name != RunIdentity.Parameters)
            {
                yield return (name, value);
            }
        }
    }

    private static int LastOfAssistant(IReadOnlyList<PromptMessage> conversation)
    {
        int last = conversation.Count - 1;
        while (last > 0 && conversation[last].Role != "assistant")
        {
            last--;
        }

        return last;
    }

    private static string NameOf(AsftObjective objective) =>
        typeof(AsftObjective).GetField(objective.ToString())!.GetCustomAttribute<DisplayAttribute>()?.Name ?? objective.ToString();

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

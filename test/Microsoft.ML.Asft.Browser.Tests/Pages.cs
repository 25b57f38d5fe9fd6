using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Data;
using TrainingDynamics;

namespace Microsoft.ML.Asft.Browser.Tests;

/// <summary>The pages, written as a run writes them.</summary>
public sealed class Pages : IDisposable
{
    public const string TrainingReport = "training report";
    public const string ReportOfAnInterruptedRun = "report of a run interrupted at once";
    public const string Diagnosis = "diagnosis";
    public const string TrainingDynamics = "training dynamics";
    public const string PublishedTrainingDynamics = "docs/training-dynamics.html";

    private readonly string _folder = Directory.CreateTempSubdirectory("asft-pages-").FullName;
    private readonly Lazy<string> _report;
    private readonly Lazy<string> _interrupted;
    private readonly Lazy<string> _diagnosis;
    private readonly Lazy<string> _dynamics;

    public Pages()
    {
        _report = new(() => WriteReport("whole", 6));
        _interrupted = new(() => WriteReport("interrupted", 1));
        _diagnosis = new(WriteDiagnosis);
        _dynamics = new(WriteDynamics);
    }

    /// <summary>The fewest charts, curves and pieces of text that a page has.</summary>
    public static (int Charts, int Curves, int Texts) LeastOf(string name) => name switch
    {
        TrainingReport => (8, 12, 150),
        ReportOfAnInterruptedRun => (6, 6, 80),
        Diagnosis => (2, 28, 200),
        TrainingDynamics => (24, 120, 300),
        _ => (18, 60, 250),
    };

    public string PathOf(string name) => name switch
    {
        TrainingReport => _report.Value,
        ReportOfAnInterruptedRun => _interrupted.Value,
        Diagnosis => _diagnosis.Value,
        TrainingDynamics => _dynamics.Value,
        _ => Path.Combine(AppContext.BaseDirectory, name),
    };

    private static IEnumerable<Row> Rows => Enumerable.Range(0, 24).Select(i => new Row
    {
        Instruction = $"What is {i} + {i}? <b>&amp; {new string('x', 120)}",
        Response = i == 3 ? "" : $"{2 * i}",
    });

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string WriteReport(string name, int steps)
    {
        var mlContext = new MLContext(seed: 1);
        string output = Path.Combine(_folder, name);
        using var cancellation = new CancellationTokenSource();
        var options = new AsftOptions
        {
            ModelPath = Path.Combine(AppContext.BaseDirectory, "assets", "base-model"),
            MaxSteps = 6,
            OutputFolder = output,
            Validation = { Fraction = 0.25, EverySteps = 2 },
            Data = { InvalidRows = RowPolicy.Skip },
            Reporting = { SampleCompletions = 2, Progress = new StopAfter(steps, 6, cancellation) },
            CancellationToken = cancellation.Token,
        };
        try
        {
            using var model = mlContext.Transforms.AsftFineTune(options).Fit(mlContext.Data.LoadFromEnumerable(Rows));
            Assert.Equal(6, steps);
        }
        catch (AsftInterruptedException)
        {
            Assert.True(steps < 6);
        }

        return Path.Combine(output, "report.html");
    }

    private string WriteDiagnosis()
    {
        var mlContext = new MLContext(seed: 1);
        string path = Path.Combine(_folder, "diagnosis.html");
        mlContext.Model.DiagnoseAsft(
            mlContext.Data.LoadFromEnumerable(Rows),
            new AsftOptions
            {
                ModelPath = Path.Combine(AppContext.BaseDirectory, "assets", "base-model"),
                MaxLength = 160,
                Data = { InvalidRows = RowPolicy.Skip },
            }).WriteReport(path, "'train.jsonl' for models/small <b>");
        return path;
    }

    // Eight settings, so that every colour is drawn.
    private string WriteDynamics()
    {
        var before = new Measurement(0, 0, 0, 0, 1, 0, 1);
        SettingResult Result(Setting setting, int number) => new(setting,
        [
            .. Enumerable.Range(0, 3).Select(seed => (IReadOnlyList<Measurement>)[.. Enumerable.Range(1, 4).Select(point => new Measurement(
                point * 25, 0.02 * point * (number + 1), 0.03 * point * (number + 1), 0.2 * point, 1 - (0.02 * point * number) - (0.01 * seed),
                0.15 * point, 1 - (0.03 * point * number)))]),
        ]);
        SettingResult[] main =
        [
            .. Enum.GetValues<AsftObjective>().Select((objective, i) => Result(Setting.Of(objective, 0.05), i)),
            Result(Setting.Of(AsftObjective.Asft, 0.05, warmStartSteps: 50), 7),
        ];
        SettingResult[] weights = [.. Enumerable.Range(0, 8).Select(i => Result(Setting.Of(AsftObjective.Asft, 0.01 * (1 << i)), i))];
        var report = new Report("dotnet run", new RunShape(4, 1e-4, 0.05, 16));
        foreach (var regime in Regime.All)
        {
            report.Advise(regime, Advice.Of(before, main));
            report.Section("Seven objectives", regime, before, main, [.. Claims.OfSizes(before, main), .. Claims.Of(main)]);
            report.Section("ASFT by λ", regime, before, weights, [Claims.OfWeights(weights)]);
        }

        string path = Path.Combine(_folder, "dynamics.html");
        report.Write(path);
        return path;
    }

    private sealed class StopAfter(int step, int last, CancellationTokenSource cancellation) : IProgress<AsftProgress>
    {
        public void Report(AsftProgress value)
        {
            if (value.Step == step && step < last)
            {
                cancellation.Cancel();
            }
        }
    }

    private sealed class Row
    {
        [ColumnName("instruction")]
        public string? Instruction { get; set; }

        [ColumnName("response")]
        public string? Response { get; set; }
    }
}

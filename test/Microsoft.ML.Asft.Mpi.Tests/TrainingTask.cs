using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>
/// A worker's training, as arguments say: <c>name=value</c>, or <c>name@rank=value</c> for one worker alone.
/// </summary>
internal sealed class TrainingTask(string[] arguments)
{
    public const int Interrupted = 130;

    /// <summary>Gets how long workers wait for a lost one.</summary>
    public MpiOptions Limits => new()
    {
        SilenceLimit = TimeSpan.FromSeconds(Number("silence", 30)),
        OperationLimit = TimeSpan.FromSeconds(Number("operation", 600)),
    };

    public int Run(IWorkerGroup workers)
    {
        Console.WriteLine($"worker {workers.Rank} is process {Environment.ProcessId}");
        using var source = new CancellationTokenSource();
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            source.Cancel();
        });
        var mlContext = new MLContext(seed: 1);
        mlContext.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
            {
                Console.WriteLine($"worker {workers.Rank} warns: {e.RawMessage}");
            }
        };

        var rows = TrainingRow.Some.Take((int)Number("rows", 25, workers.Rank));
        try
        {
            using var model = mlContext.Transforms.AsftFineTune(Options(workers, source.Token)).Fit(mlContext.Data.LoadFromEnumerable(rows));
            Console.WriteLine($"worker {workers.Rank} has {TrainedBytes.HashOf(model)} after {model.History.Count} steps");
            return 0;
        }
        catch (AsftInterruptedException e)
        {
            Console.WriteLine($"worker {workers.Rank} was interrupted after step {e.Step}");
            return Interrupted;
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidDataException or IOException)
        {
            Console.WriteLine($"worker {workers.Rank} refuses: {e.Message}");
            return 1;
        }
    }

    private AsftOptions Options(IWorkerGroup workers, CancellationToken token) => new()
    {
        ModelPath = Text("model", null, workers.Rank),
        Template = "plain",
        LearningRate = Number("rate", 2e-3, workers.Rank),
        MaxSteps = (int)Number("steps", 40),
        BatchSize = 2,
        Batches = { GlobalBatchSize = 6 },
        Lora = Text("full", "no") == "yes" ? null : new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0.3 },
        Runtime = { Sharding = Enum.Parse<WorkerSharding>(Text("sharding", nameof(WorkerSharding.None))!), Workers = workers },
        Loss = { TokenObjective = new Trap(Number("fail", -1, workers.Rank), Number("hang", -1, workers.Rank), (int)Number("pause", 0)) },
        Validation =
        {
            Fraction = Number("validate", 0) > 0 ? 0.2 : 0,
            EverySteps = 5,
            Patience = (int)Number("patience", 1000),
            RestoreBest = Number("patience", 0) > 0,
        },
        OutputFolder = Text("output", "") is { Length: > 0 } folder ? folder : null,
        Checkpoints = { EverySteps = (int)Number("save", 5), Resume = Text("resume", "no") == "yes" },
        Reporting = { SampleCompletions = 0, Progress = new Report() },
        Reference = { CachePath = Text("cache", "") is { Length: > 0 } cache ? cache : null },
        CancellationToken = token,
    };

    private double Number(string name, double otherwise, int rank = -1) =>
        double.Parse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture), rank), CultureInfo.InvariantCulture);

    private string Text(string name, string? otherwise, int rank = -1) =>
        Find($"{name}@{rank}=") ?? Find($"{name}=") ?? otherwise ?? throw new ArgumentException($"{name} is not given");

    private string? Find(string start) =>
        arguments.FirstOrDefault(argument => argument.StartsWith(start, StringComparison.Ordinal))?[start.Length..];

    private sealed class Report : IProgress<AsftProgress>
    {
        void IProgress<AsftProgress>.Report(AsftProgress value) => Console.WriteLine($"step {value.Step}");
    }

    // ASFT, a little slower, until it is asked for the time at which this worker fails or hangs.
    private sealed class Trap(double fail, double hang, int pause) : TokenObjective
    {
        private readonly AnchoredObjective _inner = AnchoredObjective.For(AsftObjective.Asft, 0.05, KlDirection.Forward);
        private int _calls;

        public override bool NeedsReference => true;

        public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels)
        {
            _calls++;
            Thread.Sleep(pause);
            if (_calls == hang)
            {
                Thread.Sleep(Timeout.Infinite);
            }

            return _calls == fail ? throw new InvalidDataException("this row is bad")
                : _inner.Evaluate(logProbabilities, referenceLogProbabilities, labels);
        }
    }
}

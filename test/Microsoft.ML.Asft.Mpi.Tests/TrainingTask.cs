using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>
/// A worker's training, as arguments say: <c>name=value</c>, or <c>name@rank=value</c> for one worker alone. <c>at</c> is a point of
/// <see cref="RunPoints"/>, <c>count</c> says at which of such points, and <c>do</c> what happens there.
/// </summary>
internal sealed class TrainingTask(string[] arguments)
{
    public const int Interrupted = 130;

    /// <summary>Gets how long workers wait for a lost one.</summary>
    public MpiOptions Limits => new()
    {
        SilenceLimit = TimeSpan.FromSeconds(Number("silence", 30)),
        OperationLimit = TimeSpan.FromSeconds(Number("operation", 600)),
        Clock = Text("clock", "") is { Length: > 0 } file ? new HangClock(file) : TimeProvider.System,
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
        int left = (int)Number("count", 1, workers.Rank);
        string at = Text("at", "never", workers.Rank)!;
        using var listener = RunPoints.Listen(point =>
        {
            if (point == at && --left == 0)
            {
                Act(Text("do", null, workers.Rank)!, source.Token);
            }
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

    private void Act(string what, CancellationToken interruption)
    {
        switch (what)
        {
            case "die":
                RunPoints.KillThisProcess();
                break;
            case "fail":
                throw new InvalidDataException("this row is bad");
            case "hang":
                File.WriteAllText(Text("clock", null)!, "");
                Thread.Sleep(Timeout.Infinite);
                break;
            case "wait":
                interruption.WaitHandle.WaitOne();
                break;
            default:
                throw new ArgumentException($"there is nothing like '{what}' to do");
        }
    }

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

    // Stands still until a worker hangs, which that worker tells by a file; so nothing is late that only starts slowly.
    private sealed class HangClock(string file) : TimeProvider
    {
        private long? _seen;

        public override long GetTimestamp()
        {
            if (_seen is null && File.Exists(file))
            {
                _seen = base.GetTimestamp();
            }

            return 1 + (_seen is { } seen ? base.GetTimestamp() - seen : 0);
        }
    }
}

// Fine-tunes a model on worked solutions (GSM8K) and measures, greedily and over samples, whether it solves more problems:
//
//   dotnet run --project samples/MathReasoning -c Release -- [TRAIN.jsonl TEST.jsonl [MODEL]]
//
// Without arguments it uses 800 rows of ../shared/data/gsm8k_train.jsonl, 100 rows of gsm8k_test.jsonl, and the small base
// model of samples/assets. That model can add but not reason: expect a few lucky answers and wide intervals.
using Microsoft.ML;
using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Evaluation.Mathematics;
using Microsoft.ML.Asft.Options;

string shared = Path.Combine("..", "shared", "data");
string train = args is [var first, ..] ? first : Path.Combine(shared, "gsm8k_train.jsonl");
string test = args is [_, var second, ..] ? second : Path.Combine(shared, "gsm8k_test.jsonl");
string model = args is [_, _, var third, ..] ? third : Path.Combine(AppContext.BaseDirectory, "assets", "base-model");
if (!File.Exists(train) || !File.Exists(test))
{
    Console.Error.WriteLine($"There is no file '{(File.Exists(train) ? test : train)}'. Give problems with solutions as JSON Lines.");
    return 2;
}

var mlContext = new MLContext(seed: 42);
IDataView demonstrations = mlContext.Data.TakeRows(mlContext.Data.LoadAsftData(train), args.Length > 0 ? long.MaxValue : 800);
IDataView problems = mlContext.Data.LoadAsftData(test);
var options = new AsftOptions
{
    ModelPath = model,
    Objective = AsftObjective.Asft,
    KlWeight = 0.05,
    Epochs = 2,
    BatchSize = 8,
    MaxLength = 512,
};
var how = new MathOptions { Prompt = "auto", Samples = 4, MaxNewTokens = 200, MaxItems = args.Length > 0 ? null : 100, BatchSize = 32 };

// 1. Before.
MathMetrics before;
using (var baseModel = mlContext.Model.LoadAsft(options))
{
    before = baseModel.EvaluateMath(problems, how);
}

Show("before", before);

// 2. Fine-tuning, and after.
Console.WriteLine("fine-tuning ...");
using AsftTransformer tuned = mlContext.Transforms.AsftFineTune(options).Fit(demonstrations);
var after = tuned.EvaluateMath(problems, how);
Show("after", after);
Console.WriteLine($"change, greedy: {after.CompareTo(before)}");
Console.WriteLine($"change, mean@{after.Samples}: {after.CompareSamplesTo(before)}");
Console.WriteLine($"\nThe first problem's solution, after:\n{after.Items[0].Greedy.Text}");
return 0;

static void Show(string when, MathMetrics metrics)
{
    Console.WriteLine($"{when}: greedy {metrics.Accuracy}, with an answer {metrics.Answered}");
    Console.WriteLine($"  mean@{metrics.Samples} {metrics.SampledAccuracy}\n  maj@{metrics.Samples} {metrics.MajorityAccuracy}");
    foreach (var (k, accuracy) in metrics.PassAtK)
    {
        Console.WriteLine($"  pass@{k} {accuracy}");
    }
}

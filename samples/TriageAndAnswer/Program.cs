// One ML.NET pipeline of two models: a classifier predicts a question's topic, and an ASFT transformer answers it, with the topic as
// its system message.
//
//   dotnet run --project samples/TriageAndAnswer -c Release [-- --text-classification]
//
// The classifier is ML.NET's own (bags of words and a linear model). With --text-classification it is that of
// Microsoft.ML.TorchSharp, which does not train on today's TorchSharp: see below.
using Microsoft.ML;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.TorchSharp;
using TriageAndAnswer;

var mlContext = new MLContext(seed: 42);
Question[] rows =
[
    .. new[] { "Chile:Santiago", "Ghana:Accra", "Ecuador:Quito", "Kenya:Nairobi", "Norway:Oslo", "Peru:Lima", "Japan:Tokyo", "Cuba:Havana" }
        .Select(fact => fact.Split(':'))
        .Select(fact => new Question { Instruction = $"What is the capital of {fact[0]}?", Topic = "geography",
            Response = $"The capital of {fact[0]} is {fact[1]}." }),
    .. Enumerable.Range(2, 8)
        .Select(i => new Question { Instruction = $"What is {i} times 7?", Topic = "arithmetic", Response = $"{i} times 7 is {7 * i}." }),
];
IDataView data = mlContext.Data.LoadFromEnumerable(rows);

// 1. The topic: a key for the classifier, and the predicted topic as text for the next step.
var trainers = mlContext.MulticlassClassification.Trainers;
IEstimator<ITransformer> classifier = args is ["--text-classification"]
    ? trainers.TextClassification(sentence1ColumnName: nameof(Question.Instruction), maxEpochs: 4)
    : mlContext.Transforms.Text.FeaturizeText("Features", nameof(Question.Instruction)).Append(trainers.SdcaMaximumEntropy());
if (args is ["--text-classification"])
{
    // It makes its weights with xavier_uniform_ and disposes the return value. In TorchSharp 0.107 that value is the weight itself.
    Console.Error.WriteLine(
        "Microsoft.ML.TorchSharp 0.23.1 was built for TorchSharp 0.102. It also runs beside 0.107, but cannot train there: it disposes the weights that it has "
        + "just made. Run this sample without --text-classification, or with a later Microsoft.ML.TorchSharp.");
    return 1;
}

var triage = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(Question.Topic))
    .Append(classifier)
    .Append(mlContext.Transforms.Conversion.MapKeyToValue(nameof(Answer.System), "PredictedLabel"));

// 2. The answer: fine-tuned on the same rows, each with its predicted topic.
var pipeline = triage.Append(mlContext.Transforms.AsftFineTune(new AsftOptions
{
    ModelPath = Path.Combine(AppContext.BaseDirectory, "assets", "base-model"),
    Data = { PromptColumnName = nameof(Question.Instruction), ResponseColumnName = nameof(Question.Response), SystemColumnName = nameof(Answer.System) },
    OutputColumnName = nameof(Answer.Completion),
    Objective = AsftObjective.SftKl,      // the base model does not know these answers: see docs/method.md
    KlWeight = 0.003,
    Lora = new LoraOptions { TargetPattern = "all-linear" },
    LearningRate = 3e-3,
    Epochs = 30,
    Generation = { MaxNewTokens = 32 },
}));

// 3. Both together, saved as one file and loaded again.
ITransformer model = pipeline.Fit(data);
mlContext.Model.Save(model, data.Schema, "triage.zip");
ITransformer again = mlContext.Model.Load("triage.zip", out _);
Answer[] answers = [.. mlContext.Data.CreateEnumerable<Answer>(again.Transform(data), reuseRowObject: false, ignoreMissingColumns: true)];
foreach (var answer in answers)
{
    Console.WriteLine($"[{answer.System}] {answer.Instruction} -> {answer.Completion}");
}

int topics = answers.Zip(rows).Count(pair => pair.First.System == pair.Second.Topic);
int right = answers.Zip(rows).Count(pair => pair.First.Completion == pair.Second.Response);
Console.WriteLine($"{topics} of {rows.Length} topics right, {right} of {rows.Length} answers.");
return topics == rows.Length ? 0 : 1;

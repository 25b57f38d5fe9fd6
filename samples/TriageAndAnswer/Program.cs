// One ML.NET pipeline of two models: a text classifier of Microsoft.ML.TorchSharp says what a question is about, and an ASFT
// transformer answers it, with that as its system message. It builds with the real packages only:
//
//   AsftPackages=NuGet dotnet run --project samples/TriageAndAnswer -c Release
//
// The classifier downloads its pretrained weights when it first runs.
using Microsoft.ML;
using Microsoft.ML.Asft;
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
        .Select(i => new Question { Instruction = $"What is {i} times 7?", Topic = "arithmetic", Response = $"{7 * i}" }),
];
IDataView data = mlContext.Data.LoadFromEnumerable(rows);

// 1. The topic: a key for the classifier, and the predicted one as text for what comes after it.
var triage = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(Question.Topic))
    .Append(mlContext.MulticlassClassification.Trainers.TextClassification(sentence1ColumnName: nameof(Question.Instruction), maxEpochs: 4))
    .Append(mlContext.Transforms.Conversion.MapKeyToValue(nameof(Answer.System), "PredictedLabel"));

// 2. The answer: fine-tuned on the same rows, each with its predicted topic.
var pipeline = triage.Append(mlContext.Transforms.AsftFineTune(new AsftOptions
{
    ModelPath = Path.Combine(AppContext.BaseDirectory, "assets", "base-model"),
    PromptColumnName = nameof(Question.Instruction),
    ResponseColumnName = nameof(Question.Response),
    SystemColumnName = nameof(Answer.System),
    OutputColumnName = nameof(Answer.Completion),
    KlWeight = 0.003,
    LearningRate = 1e-3,
    Epochs = 8,
    Generation = { MaxNewTokens = 32 },
}));

// 3. Both at once, saved as one file and loaded again.
ITransformer model = pipeline.Fit(data);
mlContext.Model.Save(model, data.Schema, "triage.zip");
ITransformer again = mlContext.Model.Load("triage.zip", out _);
foreach (var answer in mlContext.Data.CreateEnumerable<Answer>(again.Transform(data), reuseRowObject: false, ignoreMissingColumns: true))
{
    Console.WriteLine($"[{answer.System}] {answer.Instruction} -> {answer.Completion}");
}

// Fine-tunes a model on four fifths of a set of medical multiple-choice questions, in the official evaluation's form, and measures on the
// last fifth whether that helped:
//
//   dotnet run --project samples/MedicalQuestions -c Release -- [QUESTIONS.jsonl [MODEL]]
//
// Use rows of MedQA, MMLU or MedMCQA. Without arguments it uses ../shared/data/mmlu_medical.jsonl and the small base model
// of samples/assets. That model is too small to know any medicine: expect chance, within the interval.
using MedicalQuestions;
using Microsoft.ML;
using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Evaluation.Drift;
using Microsoft.ML.Asft.Evaluation.MultipleChoice;
using Microsoft.ML.Asft.Options;

string file = args is [var first, ..] ? first : Path.Combine("..", "shared", "data", "mmlu_medical.jsonl");
string model = args is [_, var second, ..] ? second : Path.Combine(AppContext.BaseDirectory, "assets", "base-model");
if (!File.Exists(file))
{
    Console.Error.WriteLine($"There is no file '{file}'. Give questions as JSON Lines, such as medqa_test.jsonl.");
    return 2;
}

var mlContext = new MLContext(seed: 42);
var split = mlContext.Data.TrainTestSplit(mlContext.Data.LoadAsftData(file), testFraction: 0.2);

// 1. The training rows: the official prompt, then the letter and the text of the right option.
IDataView demonstrations = mlContext.Data.LoadFromEnumerable(MultipleChoiceQuestion.ReadAll(split.TrainSet).Select(q => new Demonstration
{
    Instruction = q.Prompt,
    Response = $" {MultipleChoiceQuestion.LetterOf(q.Answer)}. {q.Options[q.Answer]}",
}));

var options = new AsftOptions
{
    ModelPath = model,
    Data = { PromptColumnName = nameof(Demonstration.Instruction), ResponseColumnName = nameof(Demonstration.Response), InvalidRows = Microsoft.ML.Asft.Options.RowPolicy.Skip },
    Template = "plain",      // the model reads only the evaluation's prompt
    Objective = AsftObjective.Asft,
    KlWeight = 0.05,
    Epochs = 1,
    BatchSize = 8,
    MaxLength = 512,
};

// 2. Before.
MultipleChoiceMetrics before;
using (var baseModel = mlContext.Model.LoadAsft(options))
{
    before = baseModel.EvaluateMultipleChoice(split.TestSet);
    Console.WriteLine($"before: {before.Accuracy}");
}

// 3. Fine-tuning, and after.
Console.WriteLine("fine-tuning ...");
using AsftTransformer tuned = mlContext.Transforms.AsftFineTune(options).Fit(demonstrations);
var after = tuned.EvaluateMultipleChoice(split.TestSet);
Console.WriteLine($"""
    after:  {after.Accuracy}
    change: {after.CompareTo(before)}
    drift:  KL {tuned.EvaluateDrift(demonstrations, new DriftOptions { MaxItems = 100 }).KlPerExample} nats a token
    """);
foreach (var (subject, accuracy) in after.AccuracyBySubject)
{
    Console.WriteLine($"  {subject}: {accuracy}");
}

return 0;

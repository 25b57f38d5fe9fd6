// Fine-tunes the small base model with ASFT on a narrow new skill, and shows the effect on the new skill and on the
// old ones. Run it with eng/run.sh. With the path of a pipeline.zip it only loads the file and completes the prompts.
using Microsoft.ML;
using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Options;
using Quickstart;

string assets = Path.Combine(AppContext.BaseDirectory, "assets");
string[] prompts = [.. File.ReadLines(Path.Combine(assets, "prompts.txt"))];
var mlContext = new MLContext(seed: 42);

if (args is [var pipelinePath])
{
    using var restored = (AsftTransformer)mlContext.Model.Load(pipelinePath, out _);
    Array.ForEach(prompts, prompt => Console.WriteLine(restored.Complete(prompt).Text.ReplaceLineEndings(" / ")));
    return 0;
}

// 1. The data, and an estimator that fine-tunes with LoRA adapters and a KL anchor to the base model.
IDataView demonstrations = mlContext.Data.LoadAsftData(Path.Combine(assets, "finetune.jsonl"));
IDataView newSkill = mlContext.Data.LoadAsftData(Path.Combine(assets, "new_skill_test.jsonl"));
IDataView oldSkills = mlContext.Data.LoadAsftData(Path.Combine(assets, "old_skills_test.jsonl"));
var options = new AsftOptions
{
    ModelPath = Path.Combine(assets, "base-model"),
    Objective = AsftObjective.Asft,
    KlWeight = 0.003,    // below the paper's 0.05: the new answers are a complete surprise to a 2-million-parameter model
    Lora = new LoraOptions { Rank = 16, Alpha = 32, TargetModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] },
    LearningRate = 1e-3,
    Epochs = 12,
    BatchSize = 8,
    Reporting = { Progress = new StepPrinter(every: 50) },
};
options.Generation.MaxNewTokens = 64;
options.Generation.BatchSize = 32;

// 2. The base model, before.
Console.WriteLine("The base model:");
double newBefore, oldBefore;
using (var baseModel = mlContext.Model.LoadAsft(options))
{
    Show(baseModel);
    (newBefore, oldBefore) = (ExactMatch.Of(baseModel, newSkill), ExactMatch.Of(baseModel, oldSkills));
}

// 3. Fine-tuning.
Console.WriteLine("\nFine-tuning with ASFT:");
using AsftTransformer model = mlContext.Transforms.AsftFineTune(options).Fit(demonstrations);

// 4. The fine-tuned model.
Console.WriteLine("\nThe fine-tuned model:");
string[] completions = Show(model);
Console.WriteLine($"""

                      exact match   before    after
                      new skill     {newBefore,6:P1}   {ExactMatch.Of(model, newSkill),6:P1}
                      old skills    {oldBefore,6:P1}   {ExactMatch.Of(model, oldSkills),6:P1}
                      KL to the base model, nats a token: {model.Evaluate(newSkill).Kl:F3} on the new skill, {model.Evaluate(oldSkills).Kl:F3} on the old

                   """);

// 5. Saved as an ML.NET model file, and loaded by a process that knows nothing else.
string saved = Path.GetFullPath("pipeline.zip");
mlContext.Model.Save(model, demonstrations.Schema, saved);
Console.WriteLine($"Saved {saved}. A fresh process loads it and completes the same prompts:");
string[] again = FreshProcess.Run(saved);
Array.ForEach(again, line => Console.WriteLine($"  {line}"));
bool identical = again.SequenceEqual(completions);
Console.WriteLine(identical ? "Its completions are identical." : "Its completions differ.");
return identical ? 0 : 1;

string[] Show(AsftTransformer transformer)
{
    string[] texts = [.. prompts.Select(prompt => transformer.Complete(prompt).Text.ReplaceLineEndings(" / "))];
    foreach (var (prompt, text) in prompts.Zip(texts))
    {
        Console.WriteLine($"  {prompt}\n    -> {text}");
    }

    return texts;
}

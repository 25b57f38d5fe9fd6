// Fine-tunes the small base model twice on the same rows, a third of them wrong: plainly (SFT) and with ASFT. Shows what each learnt and
// what each kept. Run it with eng/run.sh. With the path of a pipeline.zip it only loads the file and completes the prompts.
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

// 1. The data. The base model half knows what the rows teach: sums in wordings that it has seldom met.
IDataView demonstrations = mlContext.Data.LoadAsftData(Path.Combine(assets, "finetune.jsonl"));
IDataView newSkill = mlContext.Data.LoadAsftData(Path.Combine(assets, "new_skill_test.jsonl"));
IDataView oldSkills = mlContext.Data.LoadAsftData(Path.Combine(assets, "old_skills_test.jsonl"));

// 2. The base model, and both ways to fine-tune it. Only the objective differs.
using AsftTransformer baseModel = mlContext.Model.LoadAsft(Options(AsftObjective.Asft));
using AsftTransformer sft = FineTune(AsftObjective.Sft);
using AsftTransformer asft = FineTune(AsftObjective.Asft);

// 3. Side by side.
var (before, plain, anchored) = (Measured.Of(baseModel, newSkill, oldSkills), Measured.Of(sft, newSkill, oldSkills), Measured.Of(asft, newSkill, oldSkills));
Console.WriteLine($"""

                                                       base      SFT     ASFT
                      new skill, exact match         {before.NewSkill,6:P1}   {plain.NewSkill,6:P1}   {anchored.NewSkill,6:P1}
                      old skills, exact match        {before.OldSkills,6:P1}   {plain.OldSkills,6:P1}   {anchored.OldSkills,6:P1}
                      KL to the base, old skills     {before.OldKl,6:F3}   {plain.OldKl,6:F3}   {anchored.OldKl,6:F3}   nats a token
                      KL to the base, new skill      {before.NewKl,6:F3}   {plain.NewKl,6:F3}   {anchored.NewKl,6:F3}

                   """);
string[] completions = [.. prompts.Select(prompt => Complete(asft, prompt))];
foreach (var (prompt, completion) in prompts.Zip(completions))
{
    Console.WriteLine($"  {prompt}\n    base -> {Complete(baseModel, prompt)}\n    SFT  -> {Complete(sft, prompt)}\n    ASFT -> {completion}");
}

// 4. Saved as an ML.NET model file, and loaded by a process that knows nothing else.
string saved = Path.GetFullPath("pipeline.zip");
mlContext.Model.Save(asft, demonstrations.Schema, saved);
Console.WriteLine($"\nSaved the model of ASFT as {saved}. A fresh process loads it and completes the same prompts:");
string[] again = FreshProcess.Run(saved);
Array.ForEach(again, line => Console.WriteLine($"  {line}"));
bool identical = again.SequenceEqual(completions);
Console.WriteLine(identical ? "Its completions are identical." : "Its completions differ.");
return identical ? 0 : 1;

AsftTransformer FineTune(AsftObjective objective)
{
    Console.WriteLine($"Fine-tuning with {objective.ToString().ToUpperInvariant()}:");
    return mlContext.Transforms.AsftFineTune(Options(objective)).Fit(demonstrations);
}

// The defaults of AsftOptions, among them λ = 0.05 and rank 8, except for what is listed here.
AsftOptions Options(AsftObjective objective) => new()
{
    ModelPath = Path.Combine(assets, "base-model"),
    Objective = objective,
    Lora = new LoraOptions { TargetModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] },
    LearningRate = 2e-3,
    Epochs = 12,
    BatchSize = 16,
    Reporting = { Progress = new StepPrinter(every: 100) },
    Generation = { MaxNewTokens = 64, BatchSize = 32 },
};

static string Complete(AsftTransformer transformer, string prompt) => transformer.Complete(prompt).Text.ReplaceLineEndings(" / ");

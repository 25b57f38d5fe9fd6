// Makes the training data, the test data and the tokenizer of the sample base model. reproduce.sh runs all commands.
//   dotnet run --project samples/BaseModel -- data --out DIR --seed 7
//   dotnet run --project samples/BaseModel -- check --data DIR
//   dotnet run --project samples/BaseModel -- tokenizer --data DIR/pretrain.jsonl --vocab 2048 --out DIR
//   dotnet run --project samples/BaseModel -- grade --data COMPLETED.jsonl
using System.CommandLine;
using BaseModel;

var output = new Option<string>("--out") { Description = "The folder to write into.", Required = true };
var seed = new Option<int>("--seed") { Description = "The same seed gives the same bytes.", DefaultValueFactory = _ => 7 };
var rows = new Option<int>("--rows") { Description = "The number of pretraining rows to draw.", DefaultValueFactory = _ => 100_000 };
var newSkillSeed = new Option<int>("--new-skill-seed") { Description = "The seed of the new skill's rows.", DefaultValueFactory = _ => 7 };
var glimpses = new Option<int>("--glimpses") { Description = "The mid-training rows of the new skill.", DefaultValueFactory = _ => 8000 };
var rehearsals = new Option<int>("--rehearsals") { Description = "The mid-training rows of old skills.", DefaultValueFactory = _ => 8000 };
var dataCommand = new Command("data", "Draws the rows of pretraining, mid-training and fine-tuning, and the test sets.")
{
    output, seed, newSkillSeed, rows, glimpses, rehearsals,
};
dataCommand.SetAction(arguments => Corpus.Create(
    arguments.GetValue(seed), arguments.GetValue(newSkillSeed), arguments.GetValue(rows), arguments.GetValue(glimpses),
    arguments.GetValue(rehearsals)).Write(arguments.GetValue(output)!));

var folder = new Option<string>("--data") { Description = "The folder that `data` wrote.", Required = true };
var checkCommand = new Command("check", "Checks the sets for test rows in training, contradictions and gaps.") { folder };
checkCommand.SetAction(arguments =>
{
    var faults = CorpusCheck.Run(arguments.GetValue(folder)!);
    foreach (string fault in faults)
    {
        Console.Error.WriteLine(fault);
    }

    Console.WriteLine($"{faults.Count} faults");
    return faults.Count == 0 ? 0 : 1;
});

var text = new Option<string>("--data") { Description = "The rows to learn the vocabulary from.", Required = true };
var vocabulary = new Option<int>("--vocab") { Description = "The number of tokens, including special ones.", DefaultValueFactory = _ => 2048 };
var tokenizerCommand = new Command("tokenizer", "Trains a byte-level BPE tokenizer.") { text, vocabulary, output };
tokenizerCommand.SetAction(arguments =>
{
    var texts = JsonLines.Read(arguments.GetValue(text)!).SelectMany(row => new[] { "user\n", row.Instruction, "assistant\n", row.Response });
    TokenizerFiles.Write(
        arguments.GetValue(output)!, ByteLevelBpe.Train(texts, arguments.GetValue(vocabulary) - TokenizerFiles.SpecialTokens.Count));
});

var completed = new Option<string>("--data") { Description = "The output of `asft generate` for a test set.", Required = true };
var gradeCommand = new Command("grade", "Counts the completions that equal the response exactly, for each skill.") { completed };
gradeCommand.SetAction(arguments =>
{
    var graded = JsonLines.Read(arguments.GetValue(completed)!);
    foreach (var skill in graded.GroupBy(row => row.Skill ?? "new skill").Append<IEnumerable<Row>>(graded))
    {
        int right = skill.Count(row => row.Completion?.Trim() == row.Response);
        Console.WriteLine($"{(skill as IGrouping<string, Row>)?.Key ?? "all",-10} {right,4} of {skill.Count(),4}  {(double)right / skill.Count():P1}");
    }
});

return new RootCommand("The data and the tokenizer of the sample base model.") { dataCommand, checkCommand, tokenizerCommand, gradeCommand }
    .Parse(args).Invoke();

using BaseModel.Skills;

namespace BaseModel;

/// <summary>
/// The sets, drawn from two seeds: one for the old skills and the surprise, one for the new skill. No instruction of a test set is in a
/// training set.
/// </summary>
internal sealed class Corpus
{
    public const string PretrainFile = "pretrain.jsonl";
    public const string MidtrainFile = "midtrain.jsonl";
    public const string FineTuneFile = "finetune.jsonl";
    public const string NewSkillTestFile = "new_skill_test.jsonl";
    public const string OldSkillsTestFile = "old_skills_test.jsonl";
    public const string SurpriseFolder = "surprise";

    /// <summary>The share of wrong labels among the fine-tuning rows of the new skill.</summary>
    public const double Noise = 0.35;

    private const int FineTuneRows = 400;
    private const int NewSkillTestRows = 200;
    private const int TestRowsOfEachOldSkill = 10;
    private const int SurpriseTestRows = 112;
    private const double SurpriseNoise = 0.12;

    private Corpus()
    {
    }

    public required IReadOnlyList<Row> Pretrain { get; init; }
    public required IReadOnlyList<Row> Midtrain { get; init; }
    public required IReadOnlyList<Row> FineTune { get; init; }
    public required IReadOnlyList<Row> NewSkillTest { get; init; }
    public required IReadOnlyList<Row> OldSkillsTest { get; init; }
    public required IReadOnlyList<Row> SurpriseFineTune { get; init; }
    public required IReadOnlyList<Row> SurpriseTest { get; init; }

    public static Corpus Create(int seed, int newSkillSeed, int pretrainRows, int glimpses, int rehearsals)
    {
        var random = new Random(seed);
        Row[] oldSkillsTest =
            [.. Skill.All.SelectMany(skill => Distinct(() => skill.Draw(random) with { Skill = skill.Name }, TestRowsOfEachOldSkill))];
        var heldOut = oldSkillsTest.Select(row => row.Instruction).ToHashSet();

        // Facts are asked many times: rows of the pretraining set repeat.
        Skill[] urn = [.. Skill.All.SelectMany(skill => Enumerable.Repeat(skill, skill.Weight))];
        Row[] pretrain =
            [.. Draws(() => random.Pick(urn).Draw(random)).Where(row => !heldOut.Contains(row.Instruction)).Take(pretrainRows)];

        Row[] surpriseFineTune = [.. Distinct(() => CardBoxes.FineTuning(random, SurpriseNoise), FineTuneRows)];
        Row[] surpriseTest = [.. Distinct(() => CardBoxes.NewSkill(random), SurpriseTestRows)];

        // One draw of questions for the new skill's three sets, so that none shares a question with another.
        var newSkill = new Random(newSkillSeed);
        HashSet<string> asked = [];
        Row[] New(Func<Row> draw, int count) => [.. Draws(draw).Where(row => asked.Add(row.Instruction)).Take(count)];
        Row[] newSkillTest = New(() => WordedSums.Test(newSkill), NewSkillTestRows);
        Row[] fineTune = New(() => WordedSums.FineTuning(newSkill, Noise), FineTuneRows);
        Row[] midtrain = [.. New(() => WordedSums.Midtraining(newSkill), glimpses), .. pretrain.Take(rehearsals)];
        newSkill.Shuffle(midtrain);
        return new()
        {
            Pretrain = pretrain,
            Midtrain = midtrain,
            FineTune = fineTune,
            NewSkillTest = newSkillTest,
            OldSkillsTest = oldSkillsTest,
            SurpriseFineTune = surpriseFineTune,
            SurpriseTest = surpriseTest,
        };
    }

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        JsonLines.Write(Path.Combine(folder, PretrainFile), Pretrain);
        JsonLines.Write(Path.Combine(folder, FineTuneFile), FineTune);
        JsonLines.Write(Path.Combine(folder, NewSkillTestFile), NewSkillTest);
        JsonLines.Write(Path.Combine(folder, OldSkillsTestFile), OldSkillsTest);
        JsonLines.Write(Path.Combine(folder, MidtrainFile), Midtrain);
        string surprise = Directory.CreateDirectory(Path.Combine(folder, SurpriseFolder)).FullName;
        JsonLines.Write(Path.Combine(surprise, FineTuneFile), SurpriseFineTune);
        JsonLines.Write(Path.Combine(surprise, NewSkillTestFile), SurpriseTest);
    }

    private static IEnumerable<Row> Distinct(Func<Row> draw, int count) => Draws(draw).DistinctBy(row => row.Instruction).Take(count);

    private static IEnumerable<Row> Draws(Func<Row> draw)
    {
        while (true)
        {
            yield return draw();
        }
    }
}

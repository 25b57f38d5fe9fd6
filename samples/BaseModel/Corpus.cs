using BaseModel.Skills;

namespace BaseModel;

/// <summary>The four sets, drawn from one seed. No instruction of a test set is in a training set.</summary>
internal sealed class Corpus
{
    public const string PretrainFile = "pretrain.jsonl";
    public const string FineTuneFile = "finetune.jsonl";
    public const string NewSkillTestFile = "new_skill_test.jsonl";
    public const string OldSkillsTestFile = "old_skills_test.jsonl";

    private const int FineTuneRows = 400;
    private const int NewSkillTestRows = 112;
    private const int TestRowsOfEachOldSkill = 10;
    private const double Noise = 0.12;

    private Corpus(IReadOnlyList<Row> pretrain, IReadOnlyList<Row> fineTune, IReadOnlyList<Row> newSkillTest, IReadOnlyList<Row> oldSkillsTest)
        => (Pretrain, FineTune, NewSkillTest, OldSkillsTest) = (pretrain, fineTune, newSkillTest, oldSkillsTest);

    public IReadOnlyList<Row> Pretrain { get; }
    public IReadOnlyList<Row> FineTune { get; }
    public IReadOnlyList<Row> NewSkillTest { get; }
    public IReadOnlyList<Row> OldSkillsTest { get; }

    public static Corpus Create(int seed, int pretrainRows)
    {
        var random = new Random(seed);
        Row[] oldSkillsTest =
            [.. Skill.All.SelectMany(skill => Distinct(() => skill.Draw(random) with { Skill = skill.Name }, TestRowsOfEachOldSkill))];
        var heldOut = oldSkillsTest.Select(row => row.Instruction).ToHashSet();

        // Facts are asked many times: rows of the pretraining set repeat.
        Skill[] urn = [.. Skill.All.SelectMany(skill => Enumerable.Repeat(skill, skill.Weight))];
        Row[] pretrain =
            [.. Draws(() => random.Pick(urn).Draw(random)).Where(row => !heldOut.Contains(row.Instruction)).Take(pretrainRows)];

        return new(
            pretrain,
            [.. Distinct(() => CardBoxes.FineTuning(random, Noise), FineTuneRows)],
            [.. Distinct(() => CardBoxes.NewSkill(random), NewSkillTestRows)],
            oldSkillsTest);
    }

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        JsonLines.Write(Path.Combine(folder, PretrainFile), Pretrain);
        JsonLines.Write(Path.Combine(folder, FineTuneFile), FineTune);
        JsonLines.Write(Path.Combine(folder, NewSkillTestFile), NewSkillTest);
        JsonLines.Write(Path.Combine(folder, OldSkillsTestFile), OldSkillsTest);
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

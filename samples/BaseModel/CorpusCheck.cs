using BaseModel.Skills;

namespace BaseModel;

/// <summary>Lists the faults of the sets on disk: leaks, contradictions, gaps.</summary>
internal static class CorpusCheck
{
    public static IReadOnlyList<string> Run(string folder)
    {
        var pretrain = JsonLines.Read(Path.Combine(folder, Corpus.PretrainFile));
        var midtrain = JsonLines.Read(Path.Combine(folder, Corpus.MidtrainFile));
        var (fineTune, newSkillTest) = ReadNewSkill(folder);
        var (surpriseFineTune, surpriseTest) = ReadNewSkill(Path.Combine(folder, Corpus.SurpriseFolder));
        var oldSkillsTest = JsonLines.Read(Path.Combine(folder, Corpus.OldSkillsTestFile));
        var trained = pretrain.Concat(midtrain).Concat(fineTune).Concat(surpriseFineTune).Select(row => row.Instruction).ToHashSet();
        var tested = newSkillTest.Concat(surpriseTest).Concat(oldSkillsTest).ToArray();

        List<string> faults = [];
        faults.AddRange(tested.Where(row => trained.Contains(row.Instruction)).Select(row => $"in training and in a test: {row.Instruction}"));
        faults.AddRange(Repeated(tested).Concat(Repeated(fineTune)).Concat(Repeated(surpriseFineTune)).Select(instruction => $"twice in a set: {instruction}"));
        faults.AddRange(pretrain.Concat(oldSkillsTest).GroupBy(row => row.Instruction)
            .Where(rows => rows.Select(row => row.Response).Distinct().Count() > 1).Select(rows => $"two answers: {rows.Key}"));
        faults.AddRange(pretrain.Concat(midtrain).Concat(fineTune).Concat(surpriseFineTune).Concat(tested)
            .Where(row => row.Instruction.Length == 0 || row.Response.Length == 0).Select(row => $"empty: {row}"));
        faults.AddRange(Skill.All.Select(skill => skill.Name).Except(oldSkillsTest.Select(row => row.Skill))
            .Select(skill => $"no held-out row: {skill}"));
        return faults;
    }

    private static (IReadOnlyList<Row> FineTune, IReadOnlyList<Row> Test) ReadNewSkill(string folder)
        => (JsonLines.Read(Path.Combine(folder, Corpus.FineTuneFile)), JsonLines.Read(Path.Combine(folder, Corpus.NewSkillTestFile)));

    private static IEnumerable<string> Repeated(IEnumerable<Row> rows)
        => rows.GroupBy(row => row.Instruction).Where(group => group.Count() > 1).Select(group => group.Key);
}

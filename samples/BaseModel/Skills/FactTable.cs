namespace BaseModel.Skills;

/// <summary>
/// The facts that the model knows by heart, from the files in Facts/. <c>#</c> starts a skill's name,
/// <c>?</c> a question, <c>=</c> the answer to the questions above. The table's rows follow the rule. <c>{0}</c> is a row's first column,
/// <c>{a0}</c> is the same with its article, <c>{A0}</c> with a capital article.
/// </summary>
internal sealed class FactTable
{
    private sealed record Form(string Skill, IReadOnlyList<string> Questions, string Answer);

    private readonly List<Form> _forms = [];
    private readonly List<string[]> _rows = [];

    private FactTable(string name)
    {
        using var reader = new StreamReader(typeof(FactTable).Assembly.GetManifestResourceStream(name)!);
        string skill = "";
        List<string> questions = [];
        while (reader.ReadLine() is { } line)
        {
            switch (line[..2])
            {
                case "# ": skill = line[2..]; break;
                case "? ": questions.Add(line[2..]); break;
                case "= ": _forms.Add(new(skill, questions, line[2..])); questions = []; break;
                case "--": break;
                default: _rows.Add(line.Split(", ")); break;
            }
        }
    }

    public static FactTable Countries { get; } = new("countries");
    public static FactTable KindsOfThings { get; } = new("kinds");

    public static IReadOnlyList<Skill> Skills { get; } =
    [
        .. Countries.Draws(weight: 2), .. KindsOfThings.Draws(weight: 6), .. new FactTable("opposites").Draws(weight: 3),
        .. new FactTable("plurals").Draws(weight: 2), .. new FactTable("verbs").Draws(weight: 2),
        .. new FactTable("colours").Draws(weight: 1), .. new FactTable("animals").Draws(weight: 1),
        .. new FactTable("jobs").Draws(weight: 2), .. new FactTable("uses").Draws(weight: 2),
    ];

    public IReadOnlyList<string[]> Rows => _rows;

    private IEnumerable<Skill> Draws(int weight)
        => _forms.GroupBy(form => form.Skill).Select(skill => new Skill(skill.Key, weight, random =>
        {
            var form = random.Pick([.. skill]);
            string[] row = random.Pick(_rows);
            return new(Fill(random.Pick(form.Questions), row), Fill(form.Answer, row));
        }));

    private static string Fill(string form, string[] row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            string article = English.Article(row[i]);
            form = form.Replace($"{{{i}}}", row[i]).Replace($"{{a{i}}}", article).Replace($"{{A{i}}}", English.Capitalized(article));
        }

        return form;
    }
}

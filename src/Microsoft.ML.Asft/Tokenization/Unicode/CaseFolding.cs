namespace Microsoft.ML.Asft.Tokenization.Unicode;

/// <summary>Case folding for patterns that ignore case, as in Oniguruma (Unicode 16.0).</summary>
internal static class CaseFolding
{
    // Besides the pairs of upper and lower case.
    private const string MorePairs =
        """
        17F=53 399=345 1FBE=345 3D0=392 3F5=395 3D1=398 1C80=412 1C81=414 1C83=421 1C84=422 1C85=422 1C87=462 39C=B5 3F0=39A
        3D6=3A0 3F1=3A1 3C2=3A3 3D5=3A6 1C82=41E 1C86=42A A64A=1C88 1E9B=1E60
        """;

    // Capitals of Unicode 17.0.
    private static readonly CodePointSet TooNew = CodePointSet.Parse("A7CE A7D2 A7D4 16EA0-16EB8");

    /// <summary>Single characters that equal a sequence of several, such as ß and ss.</summary>
    private static readonly CodePointSet WithSequences = CodePointSet.Parse(
        """
        DF 130 149 1F0 390 3B0 587 1E96-1E9A 1E9E 1F50 1F52 1F54 1F56 1F80-1FAF 1FB2-1FB4 1FB6-1FB7 1FBC 1FC2-1FC4 1FC6-1FC7 1FCC
        1FD2-1FD3 1FD6-1FD7 1FE2-1FE4 1FE6-1FE7 1FF2-1FF4 1FF6-1FF7 1FFC FB00-FB06 FB13-FB17
        """);

    // The sequences that equal the characters above, in lower case; of Greek and Armenian sequences only the endings.
    private static readonly string[] Sequences =
    [
        "ss", "ff", "fi", "fl", "st", "i\u0307", "\u02BCn", "j\u030C", "h\u0331", "t\u0308", "w\u030A", "y\u030A", "a\u02BE",
        "\u0565\u0582", "\u0574\u0576", "\u0574\u0565", "\u0574\u056B", "\u057E\u0576", "\u0574\u056D",
    ];

    private static readonly CodePointSet GreekEndings = CodePointSet.Parse("300-301 308 313 342 345 399 3B9 1FBE");

    private static readonly Dictionary<int, int[]> Classes = CreateClasses();

    /// <summary>The characters that equal this one, including itself.</summary>
    public static IReadOnlyList<int> Same(int code) => Classes.TryGetValue(code, out int[]? same) ? same : [code];

    /// <summary>The set with all characters that equal one of its characters.</summary>
    public static CodePointSet Close(CodePointSet set) =>
        set.Union(CodePointSet.Of(Classes.Where(entry => set.Contains(entry.Key)).SelectMany(entry => entry.Value).Select(code => (code, code))));

    /// <summary>Whether a character equals a sequence of several.</summary>
    public static bool HasSequence(int code) => WithSequences.Contains(code);

    /// <summary>Whether one of the characters equals a sequence of several.</summary>
    public static bool HasSequence(CodePointSet set) => !set.Intersect(WithSequences).IsEmpty;

    /// <summary>Whether two successive characters can equal a single one, or the end of such a sequence.</summary>
    public static bool FormSequence(int first, int second)
    {
        string pair = Lower(first) + Lower(second);
        bool isGreek = GreekEndings.Contains(second) && first is (>= 0x370 and < 0x400) or (>= 0x1F00 and < 0x2000) or (>= 0x300 and < 0x370);
        return isGreek || Sequences.Contains(pair);
    }

    private static string Lower(int code) =>
        char.ConvertFromUtf32(CaseMappings.Lower.GetValueOrDefault(code, code)).Replace('ſ', 's');

    private static Dictionary<int, int[]> CreateClasses()
    {
        Dictionary<int, HashSet<int>> classes = [];
        foreach ((int upper, int lower) in CaseMappings.Lower.Where(pair => !TooNew.Contains(pair.Key)))
        {
            Join(upper, lower);
        }

        foreach (string[] pair in MorePairs.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split('=')))
        {
            Join(Convert.ToInt32(pair[0], 16), Convert.ToInt32(pair[1], 16));
        }

        return classes.ToDictionary(entry => entry.Key, entry => entry.Value.Order().ToArray());

        void Join(int a, int b)
        {
            HashSet<int> joined = [a, b, .. classes.GetValueOrDefault(a, []), .. classes.GetValueOrDefault(b, [])];
            foreach (int member in joined)
            {
                classes[member] = joined;
            }
        }
    }
}

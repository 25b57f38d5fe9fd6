using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>A pattern in .NET's syntax, except for its sets of characters, which are sets of code points.</summary>
internal sealed class TranslatedPattern(params IReadOnlyList<PatternPart> parts)
{
    /// <summary>The distinct sets of the pattern.</summary>
    public IReadOnlyList<CodePointSet> Sets { get; } = [.. parts.Select(part => part.Set).OfType<CodePointSet>().Distinct()];

    /// <summary>The pattern for texts without surrogates.</summary>
    public string Write() => Write(set => CharacterClass.Write(set, []));

    /// <summary>The pattern for texts in which stand-ins have replaced all characters beyond U+FFFF.</summary>
    public string Write(StandIns standIns) => Write(set => CharacterClass.Write(set, standIns.Of(set), standIns.Count));

    private string Write(Func<CodePointSet, string> writeSet) =>
        string.Concat(parts.Select(part => part.Set is null ? part.Text : writeSet(part.Set)));
}

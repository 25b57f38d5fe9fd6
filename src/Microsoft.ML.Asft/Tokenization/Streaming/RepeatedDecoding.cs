using System.Text;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Tokenization.Streaming;

/// <summary>Decodes with a tokenizer that can only decode whole sequences: it decodes the last few ids again for each new one.</summary>
internal sealed class RepeatedDecoding(Tokenizer tokenizer) : StreamedText
{
    private readonly List<int> _ids = [];
    private readonly StringBuilder _given = new();

    // The ids from _context on are decoded; the text of those before _certain was already returned. Earlier ids are left out, but not
    // the last returned ones, because a tokenizer may treat the beginning of a sequence differently.
    private int _context;
    private int _certain;

    public override string Add(int id)
    {
        _ids.Add(id);
        string before = tokenizer.Decode(_ids[_context.._certain]);
        string text = tokenizer.Decode(_ids[_context..]);
        bool isCertain = text.Length > before.Length && text[^1] != '\uFFFD' && !char.IsHighSurrogate(text[^1]);
        if (!isCertain)
        {
            return "";
        }

        _context = _certain;
        _certain = _ids.Count;
        string more = text[before.Length..];
        _given.Append(more);
        return more;
    }

    public override string End()
    {
        string all = tokenizer.Decode(_ids);
        return all.StartsWith(_given.ToString(), StringComparison.Ordinal)
            ? all[_given.Length..]
            : tokenizer.Decode(_ids[_certain..]);
    }
}

using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Tokenization.Patterns;

namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>Splits at the matches of a pattern; with <paramref name="invert"/>, at the text between them.</summary>
internal sealed class PatternSplitter(TextPattern pattern, SplitBehavior behavior, bool invert = false) : PieceSplitter
{
    public override void Split(TextPiece piece, List<TextPiece> pieces)
    {
        List<Part> parts = behavior switch
        {
            SplitBehavior.Removed => [.. Parts(piece).Where(part => !part.IsMatch)],
            SplitBehavior.MergedWithPrevious => MergeWithPrevious(Parts(piece)),
            SplitBehavior.MergedWithNext => MergeWithNext(Parts(piece)),
            SplitBehavior.Contiguous => MergeNeighbours(Parts(piece)),
            _ => Parts(piece),
        };

        foreach (Part part in CollectionsMarshal.AsSpan(parts))
        {
            if (part.End > part.Start)
            {
                pieces.Add(piece.Slice(part.Start, part.End - part.Start));
            }
        }
    }

    private List<Part> Parts(TextPiece piece)
    {
        List<(int Start, int Length)> matches = pattern.Matches(piece.Span);
        List<Part> parts = new(matches.Count + 1);
        int at = 0;
        foreach ((int start, int length) in CollectionsMarshal.AsSpan(matches))
        {
            if (start > at)
            {
                parts.Add(new Part(at, start, invert));
            }

            at = start + length;
            parts.Add(new Part(start, at, !invert));
        }

        if (at < piece.Length)
        {
            parts.Add(new Part(at, piece.Length, invert));
        }

        return parts;
    }

    // Of several matches in a row only the first joins the text before it; the others stay separate.
    private static List<Part> MergeWithPrevious(List<Part> parts)
    {
        List<Part> merged = [];
        bool afterMatch = false;
        foreach (Part part in parts)
        {
            if (part.IsMatch && !afterMatch && merged.Count > 0)
            {
                merged[^1] = merged[^1] with { End = part.End };
            }
            else
            {
                merged.Add(part);
            }

            afterMatch = part.IsMatch;
        }

        return merged;
    }

    private static List<Part> MergeWithNext(List<Part> parts)
    {
        List<Part> merged = [];
        bool beforeMatch = false;
        for (int i = parts.Count - 1; i >= 0; i--)
        {
            if (parts[i].IsMatch && !beforeMatch && merged.Count > 0)
            {
                merged[^1] = merged[^1] with { Start = parts[i].Start };
            }
            else
            {
                merged.Add(parts[i]);
            }

            beforeMatch = parts[i].IsMatch;
        }

        merged.Reverse();
        return merged;
    }

    private static List<Part> MergeNeighbours(List<Part> parts)
    {
        List<Part> merged = [];
        bool afterMatch = false;
        foreach (Part part in parts)
        {
            if (part.IsMatch == afterMatch && merged.Count > 0)
            {
                merged[^1] = merged[^1] with { End = part.End };
            }
            else
            {
                merged.Add(part);
            }

            afterMatch = part.IsMatch;
        }

        return merged;
    }

    private readonly record struct Part(int Start, int End, bool IsMatch);
}

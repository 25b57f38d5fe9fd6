namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>Finds all pieces that are a prefix of a text, shortest first.</summary>
/// <remarks>The pieces are sorted, so pieces with a common prefix are adjacent. Each character narrows the range.</remarks>
internal sealed class SortedPieces
{
    private readonly (string Text, int Id)[] _pieces;
    private readonly Dictionary<char, (int Start, int End)> _byFirst = [];

    public SortedPieces(IEnumerable<(string Text, int Id)> pieces)
    {
        _pieces = [.. pieces.Where(piece => piece.Text.Length > 0)];
        Array.Sort(_pieces, (left, right) => string.CompareOrdinal(left.Text, right.Text));
        for (int start = 0, end; start < _pieces.Length; start = end)
        {
            char first = _pieces[start].Text[0];
            end = start + 1;
            while (end < _pieces.Length && _pieces[end].Text[0] == first)
            {
                end++;
            }

            _byFirst[first] = (start, end);
        }
    }

    /// <summary>Puts the ids of the pieces, each with its length, into <paramref name="found"/>.</summary>
    public void Find(ReadOnlySpan<char> text, List<(int Id, int Length)> found)
    {
        found.Clear();
        if (text.IsEmpty || !_byFirst.TryGetValue(text[0], out (int Start, int End) range))
        {
            return;
        }

        for (int length = 1; range.Start < range.End; length++)
        {
            // The piece that ends here is the first in the range.
            if (_pieces[range.Start].Text.Length == length)
            {
                found.Add((_pieces[range.Start].Id, length));
                range.Start++;
            }

            if (length == text.Length)
            {
                return;
            }

            range = (Bound(range, length, text[length]), Bound(range, length, text[length] + 1));
        }
    }

    // The first piece of the range whose character at a position is at least the given one.
    private int Bound((int Start, int End) range, int place, int character)
    {
        (int low, int high) = range;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_pieces[middle].Text[place] < character)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

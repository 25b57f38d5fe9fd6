namespace Microsoft.ML.Tokenizers;

/// <summary>The tokens of one word: their ids, and how many characters of the word each of them covers.</summary>
internal sealed record BpeWord(int[] Ids, int[] Lengths)
{
    public int LengthOf(int start, int count)
    {
        int length = 0;
        for (int i = start; i < start + count; i++)
        {
            length += Lengths[i];
        }

        return length;
    }
}

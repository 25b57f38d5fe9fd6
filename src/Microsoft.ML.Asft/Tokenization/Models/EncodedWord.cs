namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>The tokens of a word, and the characters of the word that each of them has a part in.</summary>
internal sealed record EncodedWord(int[] Ids, int[] Starts, int[] Ends);

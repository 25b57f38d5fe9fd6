namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>The tokens of a word, and the characters of the word that each token covers.</summary>
internal sealed record EncodedWord(int[] Ids, int[] Starts, int[] Ends);

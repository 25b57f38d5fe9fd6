using System.Globalization;
using Microsoft.ML.Asft.Tokenization.AddedTokens;
using Microsoft.ML.Asft.Tokenization.Models;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads added tokens from the files that list them.</summary>
internal static class AddedTokenReader
{
    /// <summary>Reads <c>added_tokens</c> of tokenizer.json and checks that they agree with the vocabulary and each other.</summary>
    /// <param name="list">The tokens.</param>
    /// <param name="vocabulary">The tokens of the model.</param>
    /// <param name="warnings">Receives a sentence for each id that Hugging Face's library would not take from the file.</param>
    public static List<AddedToken> Read(IEnumerable<JsonPlace> list, Vocabulary vocabulary, List<string> warnings)
    {
        List<AddedToken> tokens = [];
        Vocabulary added = new();
        foreach (JsonPlace place in list)
        {
            AddedToken token = Read(place, place["id"].Number(TokenizerJson.HighestId));
            Check(place, token, vocabulary, added, mayRename: false);
            int expected = vocabulary.TryGetId(token.Content, out int known) || added.TryGetId(token.Content, out known)
                ? known
                : Next(vocabulary, added);
            if (token.Id != expected)
            {
                warnings.Add(place.Named(
                    $"gives '{token.Content}' the id {token.Id}, which is used; Hugging Face's library gives it {expected}, the next free one"));
            }

            added.TryAdd(token.Content, token.Id);
            tokens.Add(token);
        }

        return tokens;
    }

    /// <summary>The next free id for an added token, as in Hugging Face's library.</summary>
    public static int Next(Vocabulary vocabulary, Vocabulary added) => Math.Max(vocabulary.Tokens.Count, added.HighestId + 1);

    /// <summary>Reads <c>added_tokens_decoder</c> of tokenizer_config.json, whose keys are ids.</summary>
    public static IEnumerable<(JsonPlace Place, AddedToken Token)> ReadDecoder(JsonPlace list)
    {
        foreach ((string name, JsonPlace place) in list.Members())
        {
            bool isId = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id <= TokenizerJson.HighestId;
            yield return (place, Read(place, isId ? id : throw place.Malformed("should have an id for its name")));
        }
    }

    /// <summary>Reads added_tokens.json, whose keys are tokens and whose values are ids.</summary>
    /// <param name="list">The file.</param>
    /// <param name="special">The tokens with a role; these are special.</param>
    public static IEnumerable<(JsonPlace Place, AddedToken Token)> ReadIds(JsonPlace list, IReadOnlySet<string> special)
    {
        foreach ((string content, JsonPlace id) in list.Members())
        {
            bool isSpecial = special.Contains(content);
            yield return (id, new AddedToken(id.Number(TokenizerJson.HighestId), content, isSpecial, IsNormalized: !isSpecial));
        }
    }

    /// <summary>Checks a token against the existing ones.</summary>
    /// <param name="place">The token's position in the file.</param>
    /// <param name="token">The token.</param>
    /// <param name="vocabulary">The tokens of the model.</param>
    /// <param name="added">The tokens added before.</param>
    /// <param name="mayRename">Whether it may give a token of the model another name.</param>
    public static void Check(JsonPlace place, AddedToken token, Vocabulary vocabulary, Vocabulary added, bool mayRename)
    {
        if ((vocabulary.TryGetId(token.Content, out int other) || added.TryGetId(token.Content, out other)) && other != token.Id)
        {
            throw place.Malformed($"gives '{token.Content}' the id {token.Id}, but it already has the id {other}");
        }

        string? holder = added.TokenOf(token.Id) ?? (mayRename ? null : vocabulary.TokenOf(token.Id));
        if (holder is not null && holder != token.Content)
        {
            throw place.Malformed($"gives '{token.Content}' the id {token.Id}, which '{holder}' already has");
        }
    }

    private static AddedToken Read(JsonPlace place, int id)
    {
        bool isSpecial = place.Flag("special");
        return new AddedToken(
            id, place["content"].Text(), isSpecial, place.Flag("single_word"), place.Flag("lstrip"), place.Flag("rstrip"),
            place.Flag("normalized", missing: !isSpecial));
    }
}

using System.Text;
using Microsoft.ML.Asft.Tokenization.AddedTokens;
using Microsoft.ML.Asft.Tokenization.Decoders;
using Microsoft.ML.Asft.Tokenization.Models;
using Microsoft.ML.Asft.Tokenization.Normalizers;
using Microsoft.ML.Asft.Tokenization.Patterns;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Converts a SentencePiece <c>tokenizer.model</c> to the parts of a tokenizer.</summary>
/// <remarks>
/// <para>
/// SentencePiece merges the neighbours whose piece has the highest score. That is byte pair encoding with a merge for each
/// way to make a piece from two others, ranked by the piece's score.
/// </para>
/// <para>
/// Control pieces such as <c>&lt;s&gt;</c> in a text are plain text, as in SentencePiece, unless
/// tokenizer_config.json lists them among its <c>added_tokens_decoder</c>, as Hugging Face's folders do. That list may also give
/// pieces other names, as InternLM2's does for pieces that were kept free.
/// </para>
/// </remarks>
internal static class SentencePieceModel
{
    private const string Metaspace = "▁";

    public static TokenizerParts Read(string file, ReadOnlySpan<byte> bytes, TokenizerConfig? config = null)
    {
        SentencePieceFile model = SentencePieceFile.Read(file, bytes);
        Vocabulary vocabulary = ReadVocabulary(file, model);
        int unknown = model.Pieces.FindIndex(piece => piece.Kind == SentencePieceKind.Unknown);
        AlignedNormalizer normalizer = Normalizer(model, isLegacy: config?.Flag("legacy", missing: true) is not false);
        bool addsBos = model.BosId >= 0 && config?.Flag("add_bos_token", missing: true) is not false;
        bool addsEos = model.EosId >= 0 && config?.Flag("add_eos_token", missing: false) is true;
        return new TokenizerParts
        {
            Model = new BytePairEncoder(new BytePairModel
            {
                Vocabulary = vocabulary,
                Merges = Merges(file, model, vocabulary),
                HasByteFallback = model.HasByteFallback,
                UnknownId = unknown >= 0 ? unknown : null,
                FusesUnknown = true,
            }),
            Normalizer = normalizer,
            Added = new AddedVocabulary(AddedTokens(config, vocabulary), normalizer, UserDefined(model)),
            SpecialIds = [.. IdsOf(model, SentencePieceKind.Control), .. IdsOf(model, SentencePieceKind.Unknown)],
            Decoder = Decoder(model),
            Template = (addsBos ? [model.BosId] : [], addsEos ? [model.EosId] : []),
        };
    }

    private static Vocabulary ReadVocabulary(string file, SentencePieceFile model)
    {
        Vocabulary vocabulary = new();
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            string text = model.Pieces[id].Text;
            if (text.Length == 0 || !vocabulary.TryAdd(text, id))
            {
                throw new InvalidDataException($"{file}: piece {id} '{text}' is empty or occurs twice.");
            }
        }

        if (model.BosId >= model.Pieces.Count || model.EosId >= model.Pieces.Count)
        {
            throw new InvalidDataException(
                $"{file}: there are {model.Pieces.Count} pieces, but the ids {model.BosId} and {model.EosId} are used.");
        }

        return vocabulary;
    }

    private static Dictionary<(int Left, int Right), (int Rank, int Id)> Merges(
        string file, SentencePieceFile model, Vocabulary vocabulary)
    {
        List<int> normal = [.. IdsOf(model, SentencePieceKind.Normal)];
        if (normal.Exists(id => float.IsNaN(model.Pieces[id].Score)))
        {
            throw new InvalidDataException($"{file}: a piece has no score.");
        }

        // Pieces of the same score share a rank: of those, the leftmost merges first.
        Dictionary<float, int> ranks = [];
        foreach (float score in normal.Select(id => model.Pieces[id].Score).OrderDescending())
        {
            ranks.TryAdd(score, ranks.Count);
        }

        Dictionary<(int Left, int Right), (int Rank, int Id)> merges = [];
        foreach (int id in normal)
        {
            ReadOnlySpan<char> text = model.Pieces[id].Text;
            for (int cut = 1; cut < text.Length; cut++)
            {
                if (vocabulary.TryGetId(text[..cut], out int left) && vocabulary.TryGetId(text[cut..], out int right) &&
                    model.Pieces[left].Kind == SentencePieceKind.Normal && model.Pieces[right].Kind == SentencePieceKind.Normal)
                {
                    merges[(left, right)] = (ranks[model.Pieces[id].Score], id);
                }
            }
        }

        return merges;
    }

    // Hugging Face's first Llama tokenizer put a space before the text after every special token; "legacy": false turns that off.
    private static NormalizerSequence Normalizer(SentencePieceFile model, bool isLegacy)
    {
        List<AlignedNormalizer> steps = [];
        if (model.RemovesExtraSpaces)
        {
            steps.Add(new ExtraSpaceNormalizer());
        }

        if (model.AddsDummyPrefix)
        {
            steps.Add(new PrependNormalizer(Metaspace, onlyFirst: !isLegacy));
        }

        steps.Add(new ReplaceNormalizer(new LiteralPattern(" "), Metaspace));
        return new NormalizerSequence(steps);
    }

    private static DecoderSequence Decoder(SentencePieceFile model) => new(
    [
        new ReplaceDecoder(new LiteralPattern(Metaspace), " ", isSingleChar: true),
        new ByteFallbackDecoder(),
        new FuseDecoder(),
        new StripDecoder(new Rune(' '), start: model.AddsDummyPrefix ? 1 : 0, stop: 0),
    ]);

    // They are searched in the unchanged text, whatever their flags say: SentencePiece has no separate normalizer for them.
    private static List<AddedToken> AddedTokens(TokenizerConfig? config, Vocabulary vocabulary)
    {
        List<AddedToken> tokens = [];
        Vocabulary added = new();
        foreach ((JsonPlace place, AddedToken token) in config?.AddedTokens() ?? [])
        {
            AddedTokenReader.Check(place, token, vocabulary, added, mayRename: true);
            added.TryAdd(token.Content, token.Id);
            tokens.Add(token with { IsNormalized = false });
        }

        return tokens;
    }

    private static List<AddedToken> UserDefined(SentencePieceFile model) =>
        [.. IdsOf(model, SentencePieceKind.UserDefined).Select(id => new AddedToken(id, model.Pieces[id].Text, IsSpecial: false))];

    private static IEnumerable<int> IdsOf(SentencePieceFile model, SentencePieceKind kind) =>
        Enumerable.Range(0, model.Pieces.Count).Where(id => model.Pieces[id].Kind == kind);
}

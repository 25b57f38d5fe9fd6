using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>The used parts of a SentencePiece <c>tokenizer.model</c>; field numbers are those of sentencepiece_model.proto.</summary>
internal sealed class SentencePieceFile
{
    private const int Bpe = 2;

    private int _modelType = 1;
    private bool _treatsWhiteSpaceAsSuffix;
    private string _normalization = "";
    private bool _hasCharacterMap;

    private SentencePieceFile()
    {
    }

    public List<SentencePiece> Pieces { get; } = [];

    public bool HasByteFallback { get; private set; }

    public int BosId { get; private set; } = 1;

    public int EosId { get; private set; } = 2;

    public bool AddsDummyPrefix { get; private set; } = true;

    public bool RemovesExtraSpaces { get; private set; } = true;

    public bool EscapesSpaces { get; private set; } = true;

    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    /// <exception cref="NotSupportedException">The file is not byte pair encoding.</exception>
    public static SentencePieceFile Read(string file, ReadOnlySpan<byte> bytes)
    {
        SentencePieceFile model = new();
        try
        {
            model.ReadModel(new ProtobufReader(bytes));
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            throw new InvalidDataException($"{file} is not a SentencePiece model: {exception.Message}", exception);
        }

        string? unsupported = model._modelType != Bpe ? $"model type {model._modelType} (only 2, BPE, is)"
            : model._treatsWhiteSpaceAsSuffix ? "white space as a suffix"
            : model._hasCharacterMap ? $"the normalization '{model._normalization}'"
            : !model.EscapesSpaces ? "spaces that are not escaped"
            : model.Pieces.Exists(piece => piece.Kind == SentencePieceKind.Unused) ? "unused pieces"
            : null;
        return unsupported is null ? model : throw new NotSupportedException(
            $"{file} asks for {unsupported}, which is not supported. Convert it to tokenizer.json with Hugging Face's transformers.");
    }

    private void ReadModel(ProtobufReader reader)
    {
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    Pieces.Add(ReadPiece(new ProtobufReader(reader.Bytes())));
                    break;
                case 2:
                    ReadTrainer(new ProtobufReader(reader.Bytes()));
                    break;
                case 3:
                    ReadNormalizer(new ProtobufReader(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private static SentencePiece ReadPiece(ProtobufReader reader)
    {
        SentencePiece piece = new("", 0, SentencePieceKind.Normal);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    piece = piece with { Text = reader.Text() };
                    break;
                case 2:
                    piece = piece with { Score = reader.Single() };
                    break;
                case 3:
                    piece = piece with { Kind = (SentencePieceKind)reader.Int32() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return piece;
    }

    private void ReadTrainer(ProtobufReader reader)
    {
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 3:
                    _modelType = reader.Int32();
                    break;
                case 24:
                    _treatsWhiteSpaceAsSuffix = reader.Bool();
                    break;
                case 35:
                    HasByteFallback = reader.Bool();
                    break;
                case 41:
                    BosId = reader.Int32();
                    break;
                case 42:
                    EosId = reader.Int32();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadNormalizer(ProtobufReader reader)
    {
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    _normalization = reader.Text();
                    break;
                case 2:
                    _hasCharacterMap = !reader.Bytes().IsEmpty;
                    break;
                case 3:
                    AddsDummyPrefix = reader.Bool();
                    break;
                case 4:
                    RemovesExtraSpaces = reader.Bool();
                    break;
                case 5:
                    EscapesSpaces = reader.Bool();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }
}

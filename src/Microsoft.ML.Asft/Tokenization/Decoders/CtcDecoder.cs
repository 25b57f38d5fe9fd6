namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Decodes the output of speech models: drops repeated tokens and padding, and writes a space for the word delimiter.</summary>
internal sealed class CtcDecoder(string padding, string delimiter, bool cleanup) : TokenDecoder
{
    public override DecoderStep Connect(DecoderStep next, bool isFused) =>
        isFused ? new WholeTextStep(new Step(this, next)) : new Step(this, next);

    private string Decode(string token)
    {
        string text = Replace(token, padding, "");
        return cleanup ? Replace(WordPieceDecoder.CleanUp(text), delimiter, " ") : text;
    }

    private static string Replace(string text, string from, string to) =>
        from.Length == 0 ? text : text.Replace(from, to, StringComparison.Ordinal);

    private sealed class Step(CtcDecoder decoder, DecoderStep next) : DecoderStep
    {
        private string? _previous;

        public override void Add(string token)
        {
            if (token == _previous)
            {
                return;
            }

            _previous = token;
            if (decoder.Decode(token) is { Length: > 0 } text)
            {
                next.Add(text);
            }
        }

        public override void End() => next.End();
    }
}

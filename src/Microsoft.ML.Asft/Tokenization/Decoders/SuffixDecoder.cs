namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Writes a space for the mark of a word's end; in the last token the mark is dropped.</summary>
internal sealed class SuffixDecoder(string suffix) : TokenDecoder
{
    public override DecoderStep Connect(DecoderStep next, bool isFused) =>
        isFused ? new WholeTextStep(new Step(suffix, next)) : new Step(suffix, next);

    private sealed class Step(string suffix, DecoderStep next) : DecoderStep
    {
        private string? _last;

        public override void Add(string token)
        {
            Pass(" ");
            _last = token;
        }

        public override void End()
        {
            Pass("");
            next.End();
        }

        private void Pass(string replacement)
        {
            if (_last is not null)
            {
                next.Add(suffix.Length == 0 ? _last : _last.Replace(suffix, replacement, StringComparison.Ordinal));
            }
        }
    }
}

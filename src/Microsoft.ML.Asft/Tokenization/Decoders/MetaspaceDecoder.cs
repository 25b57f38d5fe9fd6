using Microsoft.ML.Asft.Tokenization.PreTokenizers;

namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Writes a space for every metaspace. If one was put before the text, those of the first token are dropped.</summary>
internal sealed class MetaspaceDecoder(string replacement, PrependScheme scheme) : TokenDecoder
{
    public override DecoderStep Connect(DecoderStep next, bool isFused) =>
        new Step(replacement, scheme != PrependScheme.Never, isFused, next);

    private sealed class Step(string replacement, bool drops, bool isFused, DecoderStep next) : DecoderStep
    {
        private bool _isFirst = true;

        public override void Add(string token)
        {
            next.Add(token.Replace(replacement, _isFirst && drops ? "" : " ", StringComparison.Ordinal));
            _isFirst = isFused;
        }

        public override void End() => next.End();
    }
}

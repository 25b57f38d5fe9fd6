using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Removes up to a given number of a character from the start and the end of each token.</summary>
internal sealed class StripDecoder(Rune content, int start, int stop) : TokenDecoder
{
    public override DecoderStep Connect(DecoderStep next, bool isFused) =>
        isFused ? new FusedStep(content.ToString(), start, stop, next) : new Step(content.ToString(), start, stop, next);

    private sealed class Step(string content, int start, int stop, DecoderStep next) : DecoderStep
    {
        public override void Add(string token)
        {
            ReadOnlySpan<char> rest = token;
            for (int i = 0; i < start && rest.StartsWith(content, StringComparison.Ordinal); i++)
            {
                rest = rest[content.Length..];
            }

            for (int i = 0; i < stop && rest.EndsWith(content, StringComparison.Ordinal); i++)
            {
                rest = rest[..^content.Length];
            }

            next.Add(rest.Length == token.Length ? token : rest.ToString());
        }

        public override void End() => next.End();
    }

    private sealed class FusedStep(string content, int start, int stop, DecoderStep next) : DecoderStep
    {
        private int _toStrip = start;
        private int _held;

        public override void Add(string token)
        {
            ReadOnlySpan<char> rest = token;
            for (; _toStrip > 0 && rest.StartsWith(content, StringComparison.Ordinal); _toStrip--)
            {
                rest = rest[content.Length..];
            }

            if (rest.IsEmpty)
            {
                return;
            }

            // This may be the end of the text, so characters that would be stripped are held back until more text follows.
            _toStrip = 0;
            ReadOnlySpan<char> body = rest;
            int ending = 0;
            while (ending < stop && body.EndsWith(content, StringComparison.Ordinal))
            {
                body = body[..^content.Length];
                ending++;
            }

            int released = body.IsEmpty ? Math.Max(0, _held + ending - stop) : _held;
            _held = body.IsEmpty ? _held + ending - released : ending;
            string text = string.Concat(Enumerable.Repeat(content, released)) + body.ToString();
            if (text.Length > 0)
            {
                next.Add(text);
            }
        }

        public override void End() => next.End();
    }
}

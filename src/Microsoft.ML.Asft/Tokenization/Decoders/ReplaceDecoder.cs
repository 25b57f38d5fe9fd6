using System.Text;
using Microsoft.ML.Asft.Tokenization.Patterns;

namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Replaces the matches of a pattern within a token.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content, bool isSingleChar) : TokenDecoder
{
    // A match of one character cannot span two parts of a fused token.
    public override DecoderStep Connect(DecoderStep next, bool isFused) => isFused && !isSingleChar
        ? new WholeTextStep(new Step(pattern, content, next))
        : new Step(pattern, content, next);

    private sealed class Step(TextPattern pattern, string content, DecoderStep next) : DecoderStep
    {
        public override void Add(string token)
        {
            List<(int Start, int Length)> matches = pattern.Matches(token);
            if (matches.Count == 0)
            {
                next.Add(token);
                return;
            }

            StringBuilder replaced = new(token.Length);
            int at = 0;
            foreach ((int start, int length) in matches)
            {
                replaced.Append(token, at, start - at).Append(content);
                at = start + length;
            }

            next.Add(replaced.Append(token, at, token.Length - at).ToString());
        }

        public override void End() => next.End();
    }
}

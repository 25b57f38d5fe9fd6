using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>
/// Joins tokens such as <c>&lt;0xE4&gt;</c> into the characters of these bytes. A run of them that is not valid UTF-8 as a whole
/// becomes one U+FFFD for each token, so a run is not final before it ends.
/// </summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    public override DecoderStep Connect(DecoderStep next, bool isFused) =>
        isFused ? new WholeTextStep(new Step(next)) : new Step(next);

    private sealed class Step(DecoderStep next) : DecoderStep
    {
        private readonly List<byte> _run = [];

        public override void Add(string token)
        {
            if (TryParse(token, out byte value))
            {
                _run.Add(value);
                return;
            }

            EndRun();
            next.Add(token);
        }

        public override void End()
        {
            EndRun();
            next.End();
        }

        private static bool TryParse(string token, out byte value)
        {
            value = 0;
            return token.Length == "<0x00>".Length && token.StartsWith("<0x", StringComparison.Ordinal) && token[^1] == '>' &&
                byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }

        private void EndRun()
        {
            ReadOnlySpan<byte> run = CollectionsMarshal.AsSpan(_run);
            if (System.Text.Unicode.Utf8.IsValid(run))
            {
                if (!run.IsEmpty)
                {
                    next.Add(Encoding.UTF8.GetString(run));
                }
            }
            else
            {
                for (int i = 0; i < run.Length; i++)
                {
                    next.Add("\uFFFD");
                }
            }

            _run.Clear();
        }
    }
}

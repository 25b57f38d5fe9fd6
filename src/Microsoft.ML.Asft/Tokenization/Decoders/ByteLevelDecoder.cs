using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Asft.Tokenization.Models;

namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Converts GPT-2's alphabet back to bytes, and the bytes to text; invalid UTF-8 becomes U+FFFD.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override bool Fuses => true;

    public override DecoderStep Connect(DecoderStep next, bool isFused) =>
        isFused ? new WholeTextStep(new Step(next)) : new Step(next);

    private sealed class Step(DecoderStep next) : DecoderStep
    {
        private readonly List<byte> _bytes = [];

        // It keeps the bytes of an incomplete character.
        private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();

        public override void Add(string token)
        {
            ByteAlphabet.AppendBytes(token, _bytes);
            Pass(flush: false);
        }

        public override void End()
        {
            Pass(flush: true);
            next.End();
        }

        private void Pass(bool flush)
        {
            ReadOnlySpan<byte> bytes = CollectionsMarshal.AsSpan(_bytes);
            char[] chars = new char[_utf8.GetCharCount(bytes, flush)];
            int length = _utf8.GetChars(bytes, chars, flush);
            _bytes.Clear();
            if (length > 0)
            {
                next.Add(new string(chars, 0, length));
            }
        }
    }
}

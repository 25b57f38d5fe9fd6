using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Collects a fused token for a step that must see it as a whole.</summary>
internal sealed class WholeTextStep(DecoderStep next) : DecoderStep
{
    private readonly StringBuilder _text = new();
    private bool _isEmpty = true;

    public override void Add(string token)
    {
        _text.Append(token);
        _isEmpty = false;
    }

    public override void End()
    {
        if (!_isEmpty)
        {
            next.Add(_text.ToString());
        }

        next.End();
    }
}

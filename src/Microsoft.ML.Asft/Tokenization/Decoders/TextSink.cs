using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>The last step: collects the text, with <paramref name="separator"/> between tokens.</summary>
internal sealed class TextSink(string separator) : DecoderStep
{
    private readonly StringBuilder _text = new();
    private bool _isFirst = true;

    public override void Add(string token)
    {
        _text.Append(_isFirst ? "" : separator).Append(token);
        _isFirst = false;
    }

    public override void End()
    {
    }

    /// <summary>The text since the last call.</summary>
    public string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }
}

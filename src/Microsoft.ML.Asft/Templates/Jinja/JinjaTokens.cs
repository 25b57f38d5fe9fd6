namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Iterates over a template's tokens.</summary>
internal sealed class JinjaTokens(List<JinjaToken> tokens)
{
    private int _position;

    public JinjaToken Current => tokens[_position];

    public JinjaToken Following => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public int Line => Current.Line;

    public JinjaToken Next() => Current.Kind == JinjaTokenKind.End ? Current : tokens[_position++];

    public bool TryOperator(string text) => Current.IsOperator(text) && Next() is var _;

    public bool TryName(string text) => Current.IsName(text) && Next() is var _;

    public JinjaToken Expect(JinjaTokenKind kind, string what) => Current.Kind == kind ? Next() : throw Unexpected(what);

    public void ExpectOperator(string text)
    {
        if (!TryOperator(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    public void ExpectName(string text)
    {
        if (!TryName(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    public JinjaFault Unexpected(string expected) => new($"{Current} stands where {expected} is expected");
}

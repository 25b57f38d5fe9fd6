namespace Microsoft.ML.Asft.Templates.Jinja;

internal enum JinjaTokenKind
{
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    Text,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A piece of template source.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The text to print, the name, the operator, the digits, or a string literal's value.</param>
/// <param name="Line">The line it begins on, from 1.</param>
internal readonly record struct JinjaToken(JinjaTokenKind Kind, string Text, int Line)
{
    public bool IsOperator(string text) => Kind == JinjaTokenKind.Operator && Text == text;

    public bool IsName(string text) => Kind == JinjaTokenKind.Name && Text == text;

    public override string ToString() => Kind switch
    {
        JinjaTokenKind.Data => "text",
        JinjaTokenKind.End => "the end of the template",
        JinjaTokenKind.Text => "a string",
        _ => $"'{Text}'",
    };
}

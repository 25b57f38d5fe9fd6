namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>The kinds of <see cref="MathToken"/>.</summary>
internal enum MathTokenKind
{
    /// <summary>Digits, perhaps with a decimal point.</summary>
    Number,

    /// <summary>A variable or a constant.</summary>
    Symbol,

    /// <summary>A function, or a LaTeX command that takes arguments.</summary>
    Function,

    /// <summary>A word that is none of these, such as a unit.</summary>
    Word,

    /// <summary>An operator, bracket or separator, by one character.</summary>
    Sign,

    /// <summary>The end of the text.</summary>
    End,
}

/// <summary>A piece of an answer.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its text, in the unified notation.</param>
/// <param name="AfterSpace">Whether white space precedes it.</param>
internal readonly record struct MathToken(MathTokenKind Kind, string Text, bool AfterSpace)
{
    public bool Is(char sign) => Kind == MathTokenKind.Sign && Text[0] == sign;

    public bool IsFunction(string name) => Kind == MathTokenKind.Function && Text == name;
}

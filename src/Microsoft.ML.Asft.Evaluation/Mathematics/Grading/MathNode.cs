namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>A node of a parsed answer.</summary>
internal abstract record MathNode
{
    /// <summary>A number as written: its digits, its value, and whether it has a decimal point.</summary>
    public sealed record Number(string Digits, double Value, bool IsDecimal) : MathNode;

    /// <summary>A variable, or one of <c>pi</c>, <c>e</c>, <c>i</c> and <c>infinity</c>.</summary>
    public sealed record Symbol(string Name) : MathNode;

    /// <summary>A sum, product, quotient or power: <c>+ - * / ^</c>.</summary>
    public sealed record Binary(char Operator, MathNode Left, MathNode Right) : MathNode;

    /// <summary>A function's value; <c>neg</c> is a sign in front, <c>!</c> the factorial.</summary>
    public sealed record Call(string Function, MathNode Argument, MathNode? Second = null) : MathNode;

    /// <summary>A number of hundredths.</summary>
    public sealed record Percent(MathNode Value) : MathNode;

    /// <summary>A number with a unit; no <see cref="Unit"/> if the words are unknown.</summary>
    public sealed record Measured(MathNode Value, Unit? Unit) : MathNode;

    /// <summary>Several answers between brackets: tuple and interval <c>( [ ] )</c>, set <c>{ }</c>, or without any: <c>\0</c>.</summary>
    public sealed record Several(char Open, IReadOnlyList<MathNode> Items, char Close) : MathNode
    {
        public bool IsOrdered => Open is '(' or '[';
    }

    /// <summary>A union of sets or intervals.</summary>
    public sealed record Union(IReadOnlyList<MathNode> Parts) : MathNode;

    /// <summary>A matrix or column vector, by rows.</summary>
    public sealed record Matrix(IReadOnlyList<IReadOnlyList<MathNode>> Rows) : MathNode;

    /// <summary>A ratio of two or more.</summary>
    public sealed record Ratio(IReadOnlyList<MathNode> Parts) : MathNode;

    /// <summary>An equation or inequality, or a chain of them: <c>= &lt; ≤ ≠ ∈</c> between terms. Greater-than is reversed.</summary>
    public sealed record Relation(IReadOnlyList<MathNode> Terms, IReadOnlyList<char> Operators) : MathNode;
}

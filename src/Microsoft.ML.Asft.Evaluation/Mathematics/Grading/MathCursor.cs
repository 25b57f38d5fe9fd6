namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>The tokens of an answer, and the current position.</summary>
internal sealed class MathCursor(List<MathToken> tokens)
{
    private const int DeepestNesting = 60;

    private int _depth;

    /// <summary>Gets or sets the position.</summary>
    public int Place { get; set; }

    /// <summary>Gets the current token.</summary>
    public MathToken Current => tokens[Place];

    /// <summary>The token at an offset from the current one.</summary>
    public MathToken Following(int distance) => tokens[Place + distance];

    /// <summary>Moves to the next token.</summary>
    public void Skip(int count = 1) => Place += count;

    /// <summary>Takes the current token.</summary>
    public MathToken Read() => tokens[Place++];

    /// <summary>Takes a token of a required kind.</summary>
    public MathToken ReadSome() => Current.Kind != MathTokenKind.End ? Read() : throw new MathSyntaxException();

    /// <summary>Takes the first digit of a number and leaves the others.</summary>
    public string ReadDigit()
    {
        string digits = Current.Text;
        tokens[Place] = Current with { Text = digits[1..] };
        return digits[..1];
    }

    /// <summary>Skips a sign, if it is there.</summary>
    public bool Take(char sign)
    {
        bool found = Current.Is(sign);
        Skip(found ? 1 : 0);
        return found;
    }

    /// <summary>Skips a required sign.</summary>
    public void Expect(char sign)
    {
        if (!Take(sign))
        {
            throw new MathSyntaxException();
        }
    }

    /// <summary>The tokens in the braces that follow, or the one token that follows, as text.</summary>
    public string Braced()
    {
        if (!Take('{'))
        {
            return Current.Kind is MathTokenKind.Number or MathTokenKind.Symbol ? Read().Text : throw new MathSyntaxException();
        }

        string text = "";
        while (!Take('}'))
        {
            text += ReadSome().Text;
        }

        return text;
    }

    /// <summary>Enters a nested level; throws if there are too many.</summary>
    public void Enter()
    {
        if (++_depth > DeepestNesting)
        {
            throw new MathSyntaxException();
        }
    }

    /// <summary>Leaves a nested level.</summary>
    public void Leave() => _depth--;
}

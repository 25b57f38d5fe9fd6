namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>The tokens of an answer, and a place among them.</summary>
internal sealed class MathCursor(List<MathToken> tokens)
{
    private const int DeepestNesting = 60;

    private int _depth;

    /// <summary>Gets or sets the place.</summary>
    public int Place { get; set; }

    /// <summary>Gets the token at the place.</summary>
    public MathToken Current => tokens[Place];

    /// <summary>The token so many places further on.</summary>
    public MathToken Following(int distance) => tokens[Place + distance];

    /// <summary>Goes on.</summary>
    public void Skip(int count = 1) => Place += count;

    /// <summary>The token at the place, which is left behind.</summary>
    public MathToken Read() => tokens[Place++];

    /// <summary>The same, for a token that must be there.</summary>
    public MathToken ReadSome() => Current.Kind != MathTokenKind.End ? Read() : throw new MathSyntaxException();

    /// <summary>The first digit of a number of several, whose others stay.</summary>
    public string ReadDigit()
    {
        string digits = Current.Text;
        tokens[Place] = Current with { Text = digits[1..] };
        return digits[..1];
    }

    /// <summary>Goes over a sign, if it is there.</summary>
    public bool Take(char sign)
    {
        bool found = Current.Is(sign);
        Skip(found ? 1 : 0);
        return found;
    }

    /// <summary>Goes over a sign.</summary>
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

    /// <summary>Goes a level deeper, of which there are not too many.</summary>
    public void Enter()
    {
        if (++_depth > DeepestNesting)
        {
            throw new MathSyntaxException();
        }
    }

    /// <summary>Comes back from it.</summary>
    public void Leave() => _depth--;
}

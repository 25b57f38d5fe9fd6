using System.Collections;
using System.Runtime.CompilerServices;
using System.Text;

namespace Microsoft.ML.Asft.Text;

/// <summary>
/// One rendering: its output, and how much work and memory it may still take. A template comes from a downloaded file, so
/// every step, every character made and every level of nesting is counted, and too much of any ends the rendering.
/// </summary>
internal sealed class JinjaRun(DateTimeOffset now)
{
    private const int MostSteps = 5_000_000;
    private const int MostCharacters = 1 << 27;

    // A character read or copied costs this part of a step.
    private const int CharactersPerStep = 64;

    private int _steps;
    private long _characters;
    private JinjaText? _output;

    /// <summary>Gets the time that <c>strftime_now</c> tells.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Gets or sets the line being rendered, for messages.</summary>
    public int Line { get; set; }

    /// <summary>Gets what is being written to: the rendering, or what a macro or a block is made into.</summary>
    public JinjaText Output => _output ??= new(this);

    /// <summary>Gets the parts of the rendering that stood between <c>{% generation %}</c> and its end.</summary>
    public List<Range> Generated { get; } = [];

    /// <summary>Gets a value indicating whether what is written now goes to the rendering itself.</summary>
    public bool WritesResult { get; private set; } = true;

    public void Spend(long steps)
    {
        if (steps > MostSteps - _steps)
        {
            throw new JinjaFault($"it takes more than {MostSteps:N0} steps, which no chat template should");
        }
        _steps += (int)steps;
    }

    /// <summary>Pays for making a text.</summary>
    public void SpendText(long length)
    {
        Spend(length / CharactersPerStep);
        if (length > MostCharacters - _characters)
        {
            throw new JinjaFault($"it makes more than {MostCharacters:N0} characters of text; are the messages that long?");
        }
        _characters += length;
    }

    /// <summary>Pays for looking through a value once.</summary>
    public void SpendReading(object? value) => Spend(value switch
    {
        string text => text.Length / CharactersPerStep,
        ICollection items => items.Count / CharactersPerStep,
        _ => 0,
    });

    /// <summary>Pays for looking for parts in a text, which at worst compares every part at every place.</summary>
    public void SpendSearch(string text, IEnumerable<object?> parts)
    {
        long compared = parts.OfType<string>().Sum(part => (long)part.Length);
        Spend(text.Length / CharactersPerStep * (1 + (compared / 64)));
    }

    /// <summary>Pays for a step into a nested part, and refuses to nest deeper than the stack allows.</summary>
    public void Enter()
    {
        Spend(1);
        EnsureStack();
    }

    public static void EnsureStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new JinjaFault("it is nested too deeply");
        }
    }

    /// <summary>Collects what is written meanwhile instead of writing it.</summary>
    public string Capture(Action write)
    {
        (JinjaText outer, bool writesResult) = (Output, WritesResult);
        (_output, WritesResult) = (new(this), false);
        try
        {
            write();
            return _output.ToString();
        }
        finally
        {
            (_output, WritesResult) = (outer, writesResult);
        }
    }
}

/// <summary>Text in the making, each character of which is paid for.</summary>
internal sealed class JinjaText(JinjaRun run)
{
    private readonly StringBuilder _text = new();

    public int Length => _text.Length;

    public JinjaText Append(string text)
    {
        run.SpendText(text.Length);
        _text.Append(text);
        return this;
    }

    public JinjaText AppendBlanks(long count)
    {
        run.SpendText(Math.Max(0, count));
        _text.Append(' ', (int)Math.Max(0, count));
        return this;
    }

    public override string ToString() => _text.ToString();
}

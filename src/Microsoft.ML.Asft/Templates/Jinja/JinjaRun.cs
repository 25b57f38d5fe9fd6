using System.Collections;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>
/// One rendering: its output, and its remaining budget of work and memory. A template comes from a downloaded file, so
/// every step, every character made and every level of nesting counts. The rendering ends when one of them exceeds its limit.
/// </summary>
internal sealed class JinjaRun(DateTimeOffset now)
{
    private const int MostSteps = 5_000_000;
    private const int MostCharacters = 1 << 27;

    // The cost of a character that is read or copied, in steps.
    private const int CharactersPerStep = 64;

    private int _steps;
    private long _characters;
    private int _generations;
    private JinjaStringBuilder? _output;

    /// <summary>Gets the time for <c>strftime_now</c>.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Gets or sets the line being rendered, for messages.</summary>
    public int Line { get; set; }

    /// <summary>Gets the current output: the rendering, or the text of a macro or a block.</summary>
    public JinjaStringBuilder Output => _output ??= new(this);

    /// <summary>Returns the number of the next <c>{% generation %}</c> block that is executed, from 1.</summary>
    public int NextGeneration() => ++_generations;

    public void Spend(long steps)
    {
        if (steps > MostSteps - _steps)
        {
            throw new JinjaFault($"it takes more than {MostSteps:N0} steps, which no chat template should");
        }
        _steps += (int)steps;
    }

    /// <summary>Charges the budget for a new text.</summary>
    public void SpendText(long length)
    {
        Spend(length / CharactersPerStep);
        if (length > MostCharacters - _characters)
        {
            throw new JinjaFault($"it makes more than {MostCharacters:N0} characters of text; are the messages that long?");
        }
        _characters += length;
    }

    /// <summary>Charges the budget for one pass over a value.</summary>
    public void SpendReading(object? value) => Spend(value switch
    {
        JinjaString text => text.Length / CharactersPerStep,
        ICollection items => items.Count / CharactersPerStep,
        _ => 0,
    });

    /// <summary>Charges the budget for a search in a text, which at worst compares every part at every position.</summary>
    public void SpendSearch(string text, IEnumerable<object?> parts)
    {
        long compared = parts.OfType<JinjaString>().Sum(part => (long)part.Length);
        Spend(text.Length / CharactersPerStep * (1 + (compared / 64)));
    }

    /// <summary>Charges the budget for a step into a nested part, and throws if the nesting is too deep for the stack.</summary>
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

    /// <summary>Collects the output of an action instead of writing it.</summary>
    public JinjaString Capture(Action write)
    {
        JinjaStringBuilder outer = Output;
        _output = new(this);
        try
        {
            write();
            return _output.ToJinja();
        }
        finally
        {
            _output = outer;
        }
    }
}

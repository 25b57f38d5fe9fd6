using System.Collections;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Asft.Templates.Jinja;

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
    private int _generations;
    private JinjaStringBuilder? _output;

    /// <summary>Gets the time that <c>strftime_now</c> tells.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Gets or sets the line being rendered, for messages.</summary>
    public int Line { get; set; }

    /// <summary>Gets what is being written to: the rendering, or what a macro or a block is made into.</summary>
    public JinjaStringBuilder Output => _output ??= new(this);

    /// <summary>Gives the number of the next <c>{% generation %}</c> block that is executed, from 1.</summary>
    public int NextGeneration() => ++_generations;

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
        JinjaString text => text.Length / CharactersPerStep,
        ICollection items => items.Count / CharactersPerStep,
        _ => 0,
    });

    /// <summary>Pays for looking for parts in a text, which at worst compares every part at every place.</summary>
    public void SpendSearch(string text, IEnumerable<object?> parts)
    {
        long compared = parts.OfType<JinjaString>().Sum(part => (long)part.Length);
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

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>Reads the rows of a file one after another.</summary>
internal abstract class RowReader : IDisposable
{
    /// <summary>Gets where the reader is, for messages: the file, and the line or row.</summary>
    public abstract string Place { get; }

    /// <summary>Gets whether the rows behind one that cannot be read can be reached.</summary>
    public bool CanContinue { get; protected set; } = true;

    /// <summary>Gets the fields of the row, and of what kind their values are.</summary>
    /// <exception cref="InvalidDataException">A name is malformed.</exception>
    public abstract IEnumerable<(string Name, ValueKinds Kind)> Fields { get; }

    /// <summary>Gets how many rows there are, all of the same fields, where the file says so at its beginning or end; else null.</summary>
    public virtual long? RowCount => null;

    /// <summary>Goes to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidDataException">It cannot be read; the message begins with <see cref="Place"/>.</exception>
    public abstract bool MoveNext();

    /// <summary>
    /// Gives a value of the row as the text of a column: text as it is, what is missing or null as no text, and all else as its JSON.
    /// </summary>
    /// <exception cref="InvalidDataException">It has no form as text.</exception>
    public abstract string Text(string name);

    /// <summary>Says what is wrong where the reader is.</summary>
    public InvalidDataException Wrong(string what, Exception? cause = null) => new($"{Place}: {what.TrimEnd('.')}.", cause);

    /// <summary>Says what is wrong, where no row behind it can be reached.</summary>
    protected InvalidDataException Fatal(string what, Exception? cause = null)
    {
        CanContinue = false;
        return Wrong(what, cause);
    }

    public abstract void Dispose();
}

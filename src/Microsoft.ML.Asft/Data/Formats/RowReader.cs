namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>Reads the rows of a file one after another.</summary>
internal abstract class RowReader : IDisposable
{
    /// <summary>Gets the current position for messages: the file, and the line or row.</summary>
    public abstract string Place { get; }

    /// <summary>Gets whether reading can continue after a row that cannot be read.</summary>
    public bool CanContinue { get; protected set; } = true;

    /// <summary>Gets the fields of the row and the kinds of their values.</summary>
    /// <exception cref="InvalidDataException">A name is malformed.</exception>
    public abstract IEnumerable<(string Name, ValueKinds Kind)> Fields { get; }

    /// <summary>Gets the number of rows, if the file states it and all rows have the same fields; else null.</summary>
    public virtual long? RowCount => null;

    /// <summary>Moves to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidDataException">It cannot be read; the message begins with <see cref="Place"/>.</exception>
    public abstract bool MoveNext();

    /// <summary>
    /// Gets a value of the row as text: text unchanged, missing or null values as empty text, and other values as their JSON.
    /// </summary>
    /// <exception cref="InvalidDataException">It has no text form.</exception>
    public abstract string Text(string name);

    /// <summary>Makes an error that names the current position.</summary>
    public InvalidDataException Wrong(string what, Exception? cause = null) => new($"{Place}: {what.TrimEnd('.')}.", cause);

    /// <summary>Makes an error after which no further row can be read.</summary>
    protected InvalidDataException Fatal(string what, Exception? cause = null)
    {
        CanContinue = false;
        return Wrong(what, cause);
    }

    public abstract void Dispose();
}

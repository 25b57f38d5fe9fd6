namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>The kinds of values in a column. Columns hold all of them as text.</summary>
[Flags]
internal enum ValueKinds
{
    /// <summary>Only null.</summary>
    None = 0,

    /// <summary>Text.</summary>
    Text = 1,

    /// <summary>A list, given as its JSON.</summary>
    List = 2,

    /// <summary>An object, given as its JSON.</summary>
    Object = 4,

    /// <summary>A number or a truth value.</summary>
    Scalar = 8,

    /// <summary>Text that may represent any of them, such as a cell of a CSV file.</summary>
    Cell = 16,
}

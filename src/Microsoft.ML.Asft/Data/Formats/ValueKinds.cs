namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>What kinds of values a column has, since all of them are given as text.</summary>
[Flags]
internal enum ValueKinds
{
    /// <summary>Nothing but null.</summary>
    None = 0,

    /// <summary>Text.</summary>
    Text = 1,

    /// <summary>A list, given as its JSON.</summary>
    List = 2,

    /// <summary>An object, given as its JSON.</summary>
    Object = 4,

    /// <summary>A number or a truth value.</summary>
    Scalar = 8,

    /// <summary>Text that may stand for any of them, as the cells of a CSV file do.</summary>
    Cell = 16,
}

namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>Which pieces of a text a metaspace is put before.</summary>
internal enum PrependScheme
{
    /// <summary>Each piece between special tokens.</summary>
    Always,

    /// <summary>The piece at the beginning of the text.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}

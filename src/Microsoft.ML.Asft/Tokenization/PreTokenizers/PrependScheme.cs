namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>The pieces of a text that get a metaspace in front.</summary>
internal enum PrependScheme
{
    /// <summary>Each piece between special tokens.</summary>
    Always,

    /// <summary>The piece at the beginning of the text.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}

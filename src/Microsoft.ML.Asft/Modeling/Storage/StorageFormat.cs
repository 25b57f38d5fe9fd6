namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>How the frozen weights of projections are stored, if it is not the format that products compute in.</summary>
internal enum StorageFormat
{
    /// <summary>As the model's files have them if that is bfloat16, otherwise in the format of products.</summary>
    AsInFile,

    /// <summary>bfloat16.</summary>
    BFloat16,

    /// <summary>8 bits with a float16 scale for each 32 weights (<see cref="Int8Blocks"/>).</summary>
    Int8,

    /// <summary>4 bits with a float32 scale for each 64 weights (<see cref="Nf4Blocks"/>).</summary>
    Nf4,

    /// <summary>4 bits with an 8-bit scale for each 64 weights (<see cref="DynamicScales"/>).</summary>
    Nf4Double,
}

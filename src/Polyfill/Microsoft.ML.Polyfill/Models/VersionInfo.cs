using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>What a model says about its format, and who reads it.</summary>
internal readonly struct VersionInfo
{
    /// <summary>Eight characters that name the format; a space stands for zero.</summary>
    public readonly ulong ModelSignature;

    public readonly uint VerWrittenCur;
    public readonly uint VerReadableCur;
    public readonly uint VerWeCanReadBack;

    /// <summary>The assembly that declares <see cref="LoaderSignature"/>.</summary>
    public readonly string LoaderAssemblyName;

    /// <summary>The load name, at most 24 characters.</summary>
    public readonly string LoaderSignature;

    public readonly string LoaderSignatureAlt;

    public VersionInfo(string modelSignature, uint verWrittenCur, uint verReadableCur, uint verWeCanReadBack,
        string loaderAssemblyName, string loaderSignature = null, string loaderSignatureAlt = null)
    {
        Contracts.Check(modelSignature?.Length == 8, "Model signature must be eight characters");
        for (int i = 0; i < modelSignature.Length; i++)
        {
            char c = modelSignature[i];
            Contracts.Check(c <= 0xFF);
            if (c != ' ')
                ModelSignature |= (ulong)c << (8 * i);
        }
        VerWrittenCur = verWrittenCur;
        VerReadableCur = verReadableCur;
        VerWeCanReadBack = verWeCanReadBack;
        LoaderAssemblyName = loaderAssemblyName;
        LoaderSignature = loaderSignature;
        LoaderSignatureAlt = loaderSignatureAlt;
    }
}

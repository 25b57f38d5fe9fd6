namespace Microsoft.ML;

/// <summary>The signature of what reads back an <see cref="ICanSaveModel"/>.</summary>
internal delegate void SignatureLoadModel(ModelLoadContext ctx);

namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>A fact that is skipped, and says so, where there is a GPU.</summary>
internal sealed class NoGpuFactAttribute : FactAttribute
{
    public NoGpuFactAttribute() => Skip = TorchSharp.torch.cuda.is_available() ? "needs a machine without a GPU" : null;
}

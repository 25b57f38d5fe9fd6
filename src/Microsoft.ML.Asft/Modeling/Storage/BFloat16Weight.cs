using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>A weight stored as bfloat16, for products in float32.</summary>
internal sealed class BFloat16Weight : StoredWeight
{
    private readonly Tensor _weight;

    /// <param name="weight">The weight, (rows, columns).</param>
    public BFloat16Weight(Tensor weight)
        : base(weight.shape[0], weight.shape[1]) => _weight = weight.detach().to_type(ScalarType.BFloat16, copy: true).contiguous().DetachFromDisposeScope();

    public override Device Device => _weight.device;

    public override long Bytes => Count * sizeof(ushort);

    public override StoredWeight To(Device device) => new BFloat16Weight(_weight.to(device));

    public override void Dispose() => _weight.Dispose();

    protected override void Expand<T>(Tensor target) => target.copy_(_weight);
}

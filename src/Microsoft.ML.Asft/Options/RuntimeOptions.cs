using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Options;

/// <summary>What the model runs on, and by how many processes.</summary>
public sealed class RuntimeOptions
{
    /// <summary>Gets or sets the device: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    /// <value>
    /// The default value is <see langword="null"/>: <see cref="MLContext"/>'s <c>GpuDeviceId</c> where it is set, else the CPU.
    /// </value>
    [OptionScope]
    public string? Device { get; set; }

    /// <summary>Gets or sets the number format of the base model.</summary>
    /// <value>The default value is <see cref="ModelPrecision.Float32"/>.</value>
    [OptionScope(Saved = true, Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public ModelPrecision Precision { get; set; } = ModelPrecision.Float32;

    /// <summary>
    /// Gets or sets whether each layer is run again in the backward pass instead of keeping what it computed: far less memory
    /// for a third more arithmetic. A model made in code must be an <see cref="Modeling.ILayeredModel"/>.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public bool GradientCheckpointing { get; set; }

    /// <summary>Gets or sets the processes that train this model together; every one of them fits the same data with the same options.</summary>
    /// <value>The default value is <see langword="null"/>: this process alone. <c>MpiWorkers</c> of Microsoft.ML.Asft.Mpi makes one.</value>
    [OptionScope]
    public IWorkerGroup? Workers { get; set; }

    /// <summary>Gets or sets what the <see cref="Workers"/> divide among themselves when every parameter is trained.</summary>
    /// <value>The default value is <see cref="WorkerSharding.None"/>: each keeps all. With adapters there is little to divide, and it must be so.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public WorkerSharding Sharding { get; set; }

    /// <summary>Gets the workers, or the group of one.</summary>
    internal IWorkerGroup WorkerGroup => Workers ?? SingleWorker.Instance;
}

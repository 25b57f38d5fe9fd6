using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Options;

/// <summary>The device and the processes that the model runs on.</summary>
public sealed class RuntimeOptions
{
    /// <summary>Gets or sets the device: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    /// <value>
    /// The default value is <see langword="null"/>: <see cref="MLContext"/>'s <c>GpuDeviceId</c> if it is set, otherwise the CPU.
    /// </value>
    [OptionScope]
    public string? Device { get; set; }

    /// <summary>Gets or sets the number format of the base model and of its products.</summary>
    /// <value>The default value is <see cref="ModelPrecision.Auto"/>.</value>
    [OptionScope(Saved = true, Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public ModelPrecision Precision { get; set; } = ModelPrecision.Auto;

    /// <summary>
    /// Gets or sets how the frozen weights of projections are stored in memory. The model is quantized while it is loaded. Embedding, head, norms, biases and
    /// the routers of experts are not quantized. It works on the CPU, with adapters or without training, for models from a folder.
    /// </summary>
    /// <value>The default value is <see cref="WeightQuantization.None"/>.</value>
    [OptionScope(Saved = true, Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public WeightQuantization Quantization { get; set; }

    /// <summary>
    /// Gets or sets whether the scales of <see cref="WeightQuantization.Nf4"/> are quantized too, to 8 bits: 4.13 bits a weight instead of 4.5 (arXiv
    /// 2305.14314, §3).
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Saved = true, Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public bool DoubleQuantization { get; set; }

    /// <summary>
    /// Gets or sets whether the backward pass runs each layer again instead of keeping its activations. It needs far less memory and
    /// a third more arithmetic. A model made in code must implement <see cref="Modeling.ILayeredModel"/>.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public bool GradientCheckpointing { get; set; }

    /// <summary>Gets or sets the processes that train this model together. Every process fits the same data with the same options.</summary>
    /// <value>The default value is <see langword="null"/>: this process alone. <c>MpiWorkers</c> of Microsoft.ML.Asft.Mpi creates a group.</value>
    [OptionScope]
    public IWorkerGroup? Workers { get; set; }

    /// <summary>Gets or sets what the <see cref="Workers"/> shard among themselves if every parameter is trained.</summary>
    /// <value>The default value is <see cref="WorkerSharding.None"/>: every worker stores everything. Adapters are so small that they require it.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public WorkerSharding Sharding { get; set; }

    /// <summary>Gets the workers, or the group of one worker.</summary>
    internal IWorkerGroup WorkerGroup => Workers ?? SingleWorker.Instance;
}

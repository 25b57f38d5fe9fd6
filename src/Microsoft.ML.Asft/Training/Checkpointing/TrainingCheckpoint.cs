using System.Text.Json;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// The files of a checkpoint: the adapter in PEFT's format or the trained model in Hugging Face's format, both in float32,
/// the optimizer's state, and <c>trainer_state.json</c>.
/// </summary>
internal sealed class TrainingCheckpoint(LoadedModel loaded, ParameterStore parameters, ParameterUpdater updater, RunIdentity identity)
{
    private const string StateFile = "trainer_state.json";
    private const string OptimizerFile = "optimizer.safetensors";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    private Tensor[] Vectors => [parameters.Values, .. updater.Optimizer.State.Values];

    /// <summary>Writes a checkpoint's files. The first worker calls this while the others call <see cref="ServeReads"/>.</summary>
    public void Write(string folder, TrainingState state)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        parameters.BeginRootReads(Vectors);
        WriteWeights(folder);
        SafetensorsWriter.WriteLazily(
            Path.Combine(folder, OptimizerFile),
            [.. updater.Optimizer.State.SelectMany(state => Named(state.Key, state.Value))]);
        AtomicFile.WriteText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(new Content(state, identity), Json));
    }

    /// <summary>Takes part in the reads of the first worker's <see cref="Write"/>, until it calls <see cref="EndRootReads"/>.</summary>
    public void ServeReads() => parameters.BeginRootReads(Vectors);

    /// <summary>Ends <see cref="ServeReads"/> on the other workers. The first worker calls it in any case, also if it wrote nothing.</summary>
    public void EndRootReads() => parameters.EndRootReads();

    /// <summary>Loads the weights and the optimizer's state.</summary>
    /// <param name="folder">A checkpoint that is not damaged.</param>
    /// <param name="warn">Receives a warning if settings differ from those of the run that wrote the checkpoint.</param>
    /// <exception cref="InvalidOperationException">The checkpoint belongs to another run.</exception>
    public TrainingState Read(string folder, Action<string> warn)
    {
        var (state, saved) = ReadContent(folder);
        var differences = identity.Compare(saved.AsThisVersionWrites(loaded), folder);
        if (differences.Count > 0)
        {
            warn($"The resumed run has other settings than the run that wrote the checkpoint: {string.Join("; ", differences)}.");
        }

        ReadWeights(folder);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Path.Combine(folder, OptimizerFile));
        foreach (var (part, vector) in updater.Optimizer.State)
        {
            parameters.Fill(vector, (name, tensor) => file.ReadInto($"{part}.{name}", tensor));
        }

        updater.Steps = state.Step - state.Skipped;
        return differences.Count == 0 ? state : state with { IsFinished = false };
    }

    /// <summary>Loads only the weights.</summary>
    public void ReadWeights(string folder)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var adapter = loaded.Adapters is null ? null : SafetensorsFile.Open(Path.Combine(folder, AdapterSet.FileName));
        using var model = loaded.Adapters is null ? TensorSource.Open(folder) : null;
        parameters.Fill(parameters.Values, (name, tensor) =>
        {
            adapter?.ReadInto(name, tensor);
            model?.ReadInto(name, tensor);
        });
        parameters.PublishValues();
    }

    /// <summary>Reads only the state.</summary>
    public static TrainingState ReadState(string folder) => ReadContent(folder).State;

    private static Content ReadContent(string folder)
    {
        string path = Path.Combine(folder, StateFile);
        try
        {
            return JsonSerializer.Deserialize<Content>(File.ReadAllText(path), Json) is { State: not null, Run: not null } content
                ? content : throw new JsonException("its state or its run is missing");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not in the format of this version: {e.Message.TrimEnd('.')}. Start again in another output folder.", e);
        }
    }

    private void WriteWeights(string folder)
    {
        if (loaded.Adapters is { } adapters)
        {
            adapters.Save(folder);
            return;
        }

        var masters = parameters.Tensors(parameters.Values).ToDictionary(tensor => tensor.Name);
        var tensors = loaded.Model.named_parameters().Select(p => masters.GetValueOrDefault(p.name) ?? LazyTensor.Of(p.name, p.parameter));
        if (loaded.Model is IHuggingFaceModel { Config: var config })
        {
            ModelWriter.WriteLazily(folder, config with { TorchDtype = ScalarType.Float32 }, tensors, copyFrom: loaded.Folder);
        }
        else
        {
            SafetensorsWriter.WriteLazily(Path.Combine(folder, TensorSource.FileName), tensors);
        }
    }

    private IEnumerable<LazyTensor> Named(string part, Tensor flat) =>
        parameters.Tensors(flat).Select(tensor => tensor with { Name = $"{part}.{tensor.Name}" });

    private sealed record Content(TrainingState State, RunIdentity Run);
}

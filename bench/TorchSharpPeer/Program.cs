// A plain TorchSharp implementation of ASFT, as one would write it after the paper and the official trainer: autograd, padded rows, logits of
// every token, the reference from a second pass with the adapters off. It shares no code with the library.
//
//   TorchSharpPeer MODEL ADAPTER ENCODED float32|bfloat16 STEPS BATCH THREADS       ENCODED as `asft encode` writes it
//
// It prints JSON: losses and seconds of each step, tokens/s without the first step, the memory after loading and at most. bench/torchsharp.py
// runs it beside the library.
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Bench.TorchSharpPeer;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

const double LearningRate = 5e-4;
const double KlWeight = 0.05;
if (args is not [var model, var adapter, var encoded, "float32" or "bfloat16", var stepCount, var batchSize, var threads])
{
    Console.Error.WriteLine("Usage: TorchSharpPeer MODEL ADAPTER ENCODED float32|bfloat16 STEPS BATCH THREADS");
    return 2;
}

TorchLibrary.EnsureLoaded();   // older Linux systems need it before the first call of TorchSharp
set_num_threads(int.Parse(threads));
using var decoder = new Decoder(model, adapter, args[3] == "float32" ? ScalarType.Float32 : ScalarType.BFloat16);
var trained = decoder.parameters().Where(parameter => parameter.requires_grad).ToArray();
using var optimizer = optim.AdamW(trained, LearningRate, weight_decay: 0);
decoder.train();
(long[] Ids, long[] Labels)[] rows = [.. File.ReadLines(encoded).Select(Read)];
long loaded = Environment.WorkingSet;
var (losses, seconds, tokens) = (new List<double>(), new List<double>(), 0);
foreach (var batch in rows.Chunk(int.Parse(batchSize)).Take(int.Parse(stepCount)))
{
    long started = Stopwatch.GetTimestamp();
    losses.Add(Step(batch));
    seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
    tokens += seconds.Count > 1 ? batch.Sum(row => row.Ids.Length) : 0;
}

Console.WriteLine(JsonSerializer.Serialize(new
{
    losses,
    seconds,
    tokens_per_second = tokens / seconds.Skip(1).Sum(),
    loaded_memory_mb = loaded / 1048576.0,
    peak_memory_mb = Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0,
}));
return 0;

double Step((long[] Ids, long[] Labels)[] batch)
{
    using var scope = NewDisposeScope();
    var (ids, labels) = (Pad(batch.Select(row => row.Ids), 0), Pad(batch.Select(row => row.Labels), -100));
    Tensor reference;
    using (no_grad())
    {
        Switch(false);
        reference = decoder.call(ids);
        Switch(true);
    }

    var loss = AsftLoss.Of(decoder.call(ids), reference, labels, KlWeight);
    optimizer.zero_grad();
    loss.backward();
    nn.utils.clip_grad_norm_(trained, 1);
    optimizer.step();
    return loss.to_type(ScalarType.Float32).item<float>();
}

void Switch(bool isEnabled)
{
    foreach (var projection in decoder.Adapters)
    {
        projection.IsEnabled = isEnabled;
    }
}

// int64 (B, T), filled at the end.
static Tensor Pad(IEnumerable<long[]> rows, long fill)
{
    long[][] all = [.. rows];
    int length = all.Max(row => row.Length);
    return tensor([.. all.SelectMany(row => row.Concat(Enumerable.Repeat(fill, length - row.Length)))], [all.Length, length], ScalarType.Int64);
}

static (long[] Ids, long[] Labels) Read(string line)
{
    var row = JsonNode.Parse(line)!;
    return (row["input_ids"].Deserialize<long[]>()!, row["labels"].Deserialize<long[]>()!);
}

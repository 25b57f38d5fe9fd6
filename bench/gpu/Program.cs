// The measurements of the GPU proof, one in each process. proof.py runs them; bench/gpu/run.sh runs proof.py. Each writes one line of JSON.
//
//   smoke DEVICE                                              whether this libtorch and TorchSharp work together
//   rate DEVICE SIZE                                          the rate of bfloat16 products of SIZE × SIZE matrices
//   kernels DEVICE DTYPE                                      the operators that only a GPU takes, against those of the CPU
//   goldens DEVICE DTYPE GOLDEN                               losses and gradients against PyTorch's committed numbers
//   steps DEVICE DTYPE GOLDEN                                 two steps of every objective against the CPU executor
//   train DEVICE DTYPE MODEL ROWS OBJECTIVE BATCH STEPS [checkpointing]
//   decode DEVICE DTYPE MODEL BATCH TOKENS
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Asft.Bench.Gpu;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Options;
using TorchSharp;
using static TorchSharp.torch;

TorchLibrary.EnsureLoaded();   // older Linux systems need it before the first call of TorchSharp
object? result = args switch
{
    ["smoke", var name] => SmokeTest.Run(On(name)),
    ["rate", var name, var size] => ProductRate.Measure(On(name), Number(size)),
    ["kernels", var name, var dtype] => KernelParity.Run(On(name), TypeOf(dtype)),
    ["goldens", var name, var dtype, var golden] => GoldenParity.Run(On(name), TypeOf(dtype), golden),
    ["steps", var name, var dtype, var golden] => StepParity.Run(On(name), TypeOf(dtype), golden),
    ["train", var name, var dtype, var model, var rows, var objective, var batch, var steps, .. var rest] when rest is [] or ["checkpointing"] =>
        TrainingSpeed.Measure(
            RandomDecoder.Create(model, TypeOf(dtype), On(name)), rows, Enum.Parse<AsftObjective>(objective, ignoreCase: true), Number(batch),
            Number(steps), rest.Length > 0),
    ["decode", var name, var dtype, var model, var batch, var tokens] =>
        DecodingSpeed.Measure(RandomDecoder.Create(model, TypeOf(dtype), On(name)), Number(batch), Number(tokens)),
    _ => null,
};
if (result is null)
{
    Console.Error.WriteLine("Name a measurement and its arguments, as the first lines of bench/gpu/Program.cs list them.");
    return 2;
}

Console.WriteLine(JsonSerializer.Serialize(result));
return 0;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static ScalarType TypeOf(string text) => text switch
{
    "float32" => ScalarType.Float32,
    "bfloat16" => ScalarType.BFloat16,
    _ => throw new ArgumentException($"'{text}' is not a number format. Write float32 or bfloat16."),
};

static Device On(string name)
{
    var chosen = torch.device(name);
    if (chosen.type == DeviceType.CUDA && !cuda.is_available())
    {
        throw new InvalidOperationException($"libtorch sees no GPU, so '{name}' cannot be used.");
    }

    InitializeDevice(chosen);
    backends.cuda.matmul.allow_tf32 = false;   // parity is of float32, and the peer has PyTorch's default, which is the same
    return chosen;
}

// The parts of a training step by themselves: the anchored head over vocabularies, the whole step over lengths, what the anchor
// adds to a step (of ENCODED, as `asft encode` writes it), which share of a step its products take, steps over quantized weights, each kernel against
// libtorch, and what several workers do together.
//
//   dotnet run -c Release --project bench/Training -- head
//   dotnet run -c Release --project bench/Training -- length
//   dotnet run -c Release --project bench/Training -- anchor MODEL ENCODED
//   dotnet run -c Release --project bench/Training -- share MODEL ENCODED float32|bfloat16
//   dotnet run -c Release --project bench/Training -- quantized MODEL ENCODED
//   dotnet run -c Release --project bench/Training -- kernels
//   mpirun -n 2 --bind-to none dotnet run -c Release --no-build --project bench/Training -- workers
using Microsoft.ML.Asft.Bench.Training;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Options;

TorchLibrary.EnsureLoaded();   // older Linux systems need it before the first call of TorchSharp
switch (args)
{
    case ["head"]:
        HeadBench.Run();
        return 0;
    case ["length"]:
        LengthBench.Run();
        return 0;
    case ["anchor", var model, var encoded]:
        AnchorBench.Run(model, encoded);
        return 0;
    case ["share", var model, var encoded, "float32" or "bfloat16"]:
        ShareBench.Run(model, encoded, args[3] == "float32" ? ModelPrecision.Float32 : ModelPrecision.BFloat16);
        return 0;
    case ["quantized", var model, var encoded]:
        QuantizedBench.Run(model, encoded);
        return 0;
    case ["kernels"]:
        KernelBench.Run();
        return 0;
    case ["workers"]:
        WorkersBench.Run();
        return 0;
    default:
        Console.Error.WriteLine("Name one of: head, length, anchor, share, quantized, kernels, workers.");
        return 2;
}

// How fast completions are, as docs/generation.md reports it. bench/generation.sh makes the models and runs this:
//   Generation decode|prefill|serve|llamacpp MODEL [ADAPTER|-] [float32|bfloat16|int8]
// Each figure is the median of runs that take turns with what they are compared to.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Asft.Bench;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Options;
using TorchSharp;

TorchLibrary.EnsureLoaded();   // older Linux systems need it before the first call of TorchSharp
if (args.Length < 2)
{
    Console.Error.WriteLine("Generation decode|prefill|serve|llamacpp MODEL [ADAPTER|-] [float32|bfloat16|int8]");
    return 2;
}

string format = args.Length > 3 ? args[3] : "float32";
torch.set_num_threads(Environment.ProcessorCount);   // as the command line does
using var model = new MLContext(seed: 1).Model.LoadAsft(new AsftOptions
{
    ModelPath = args[1],
    AdapterPath = args.Length > 2 && args[2] != "-" ? args[2] : null,
    Template = "plain",
    Runtime =
    {
        Precision = format is "bfloat16" or "int8" ? ModelPrecision.BFloat16 : ModelPrecision.Float32,
        Quantization = format == "int8" ? WeightQuantization.Int8 : WeightQuantization.None,
    },
});
switch (args[0])
{
    case "decode":
        DecodeBench.Run(model);
        break;
    case "prefill":
        PrefillBench.Run(model);
        break;
    case "llamacpp":
        LlamaCppBench.Run(model, format, Path.GetDirectoryName(Path.GetFullPath(args[1]))!, rounds: args.Length > 4 ? int.Parse(args[4], CultureInfo.InvariantCulture) : 5);
        break;
    case "serve":
        await ServeBench.RunAsync(model);
        break;
}

return 0;

using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Asft.Options;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>The number formats of a model: what products compute in, and how the frozen weights of its projections are stored.</summary>
/// <param name="Products">The format of products and activations, and of all weights that are not stored otherwise: float32 or bfloat16.</param>
/// <param name="Storage">How the weights of projections are stored; <see langword="null"/> for the format of products.</param>
internal sealed record ModelFormat(ScalarType Products, StorageFormat? Storage = null)
{
    // CPUID leaf 7: AMX-BF16 is bit 22 of EDX, AVX512_BF16 is bit 5 of EAX of subleaf 1.
    private const int AmxBFloat16 = 1 << 22;
    private const int Avx512BFloat16 = 1 << 5;

    /// <summary>
    /// Gets whether the processor multiplies bfloat16. libtorch's products of bfloat16 are several times slower than those of float32 where it does not.
    /// If .NET was told not to use AVX-512 (<c>DOTNET_EnableAVX512=0</c>), it counts as missing.
    /// </summary>
    public static bool MultipliesBFloat16 { get; } =
        Avx512F.IsSupported && ((X86Base.CpuId(7, 0).Edx & AmxBFloat16) != 0 || (X86Base.CpuId(7, 1).Eax & Avx512BFloat16) != 0);

    /// <summary>Chooses the formats by the options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="device">The kind of device. A GPU is assumed to multiply bfloat16.</param>
    /// <param name="isTrainedInFull">Whether the model's own weights are trained. They are then in the format of products.</param>
    /// <param name="multipliesBFloat16">Whether the processor multiplies bfloat16; <see langword="null"/> to ask it.</param>
    public static ModelFormat Of(RuntimeOptions options, DeviceType device, bool isTrainedInFull = false, bool? multipliesBFloat16 = null)
    {
        bool isOnCpu = device == DeviceType.CPU;
        bool isFast = !isOnCpu || (multipliesBFloat16 ?? MultipliesBFloat16);
        bool isFrozenOnCpu = isOnCpu && !isTrainedInFull;
        var products = options.Precision != ModelPrecision.Float32 && (isFast || (options.Precision == ModelPrecision.BFloat16 && !isFrozenOnCpu))
            ? ScalarType.BFloat16 : ScalarType.Float32;
        if (options.Quantization != WeightQuantization.None)
        {
            return new ModelFormat(products, options.Quantization switch
            {
                WeightQuantization.Int8 => StorageFormat.Int8,
                _ => options.DoubleQuantization ? StorageFormat.Nf4Double : StorageFormat.Nf4,
            });
        }

        StorageFormat? storage = products == ScalarType.BFloat16 || !isFrozenOnCpu ? null : options.Precision switch
        {
            ModelPrecision.BFloat16 => StorageFormat.BFloat16,
            ModelPrecision.Auto => StorageFormat.AsInFile,
            _ => null,
        };
        return new ModelFormat(products, storage);
    }

    /// <summary>Returns how the weight of a projection is stored; <see langword="null"/> for the format of products.</summary>
    /// <param name="isBFloat16">Whether the model's files have it as bfloat16.</param>
    public StorageFormat? StorageOf(bool isBFloat16) =>
        Storage != StorageFormat.AsInFile ? Storage : isBFloat16 ? StorageFormat.BFloat16 : null;

    /// <summary>Describes the formats in one line, for the log.</summary>
    /// <param name="device">The kind of device.</param>
    public string Describe(DeviceType device)
    {
        string stored = Storage switch
        {
            StorageFormat.Int8 => ", the weights of projections are stored as int8",
            StorageFormat.Nf4 => ", the weights of projections are stored as nf4",
            StorageFormat.Nf4Double => ", the weights of projections are stored as nf4 with quantized scales",
            StorageFormat.BFloat16 => ", the weights of projections are stored as bfloat16",
            StorageFormat.AsInFile => ", the weights of projections are stored as in the model's files",
            _ => "",
        };
        string processor = device != DeviceType.CPU ? "" : MultipliesBFloat16 ? " This processor multiplies bfloat16."
            : " This processor does not multiply bfloat16 (AVX512-BF16, AMX).";
        return $"Products are computed in {(Products == ScalarType.BFloat16 ? "bfloat16" : "float32")}{stored}.{processor}";
    }
}

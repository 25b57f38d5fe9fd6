using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Attention;
using Microsoft.ML.Asft.Modeling.Operators.FeedForward;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using Microsoft.ML.Asft.Modeling.Storage;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>
/// Each kernel of ours against what libtorch has for it, in turns, with the shapes of preset 135m: a batch of four rows of 200 tokens, or decoding one and eight sequences.
/// libtorch's attention is spared what ours does besides: the rotation and the layout by heads.
/// </summary>
internal static class KernelBench
{
    private const int Width = 576;
    private const int Inner = 1536;
    private const int HeadDim = 64;
    private const int KeyHeads = 3;
    private const int Groups = 3;
    private const int Past = 200;
    private const int Rounds = 15;

    public static void Run()
    {
        Console.WriteLine($"{get_num_threads()} threads; × is libtorch's time by ours, the median of {Rounds} rounds (in brackets the middle half)");
        Console.WriteLine("| kernel | case | ours, µs | × float32 | ours, µs | × bfloat16 |");
        Console.WriteLine("|---|---|---|---|---|---|");
        using var library = jit.compile("""
            def rms_norm(x, w):
                return torch.rms_norm(x, [576], w, 1e-5)

            def attention(q, k, v, causal: bool):
                return torch.scaled_dot_product_attention(q, k, v, None, 0.0, causal, scale=None, enable_gqa=True)

            """);
        foreach (int rows in new[] { 1, 8, 24 })
        {
            Report("SmallBatchLinear", $"{rows} rows", dtype => SmallBatch(rows, dtype));
            Report("Int8Product, theirs float32 and bfloat16", $"{rows} rows", dtype => Int8(rows, dtype));
        }

        foreach (int rows in new[] { 1, 8 })
        {
            Report("CachedAttention", $"{rows} sequences", dtype => Cached(library, rows, dtype));
        }

        foreach (int rows in new[] { 1, 8, 800 })
        {
            Report("RmsNormKernel", $"{rows} rows", dtype => Norm(library, rows, dtype));
            Report("GatedActivationKernel", $"{rows} rows", dtype => SwiGlu(rows, dtype));
        }

        Report("DenseProduct, y = x·Wᵀ", "800 rows", Product);
        Report("DenseProduct, dx = dy·W", "800 rows", TransposedProduct);
        Report("PackedAttention, forward and back", "4 × 200", dtype => Packed(library, 4, 200, dtype));
        Report("PackedAttention, forward and back", "1 × 2,048", dtype => Packed(library, 1, 2048, dtype));
        Report("LowRankKernel, rank 8, all three", "800 rows", LowRank);
        Report("AccumulationKernel", "576 × 1,536", Accumulation);
    }

    private static void Report(string kernel, string name, Func<ScalarType, (Action Ours, Action Theirs)> build)
    {
        string[] cells =
        [
            .. new[] { ScalarType.Float32, ScalarType.BFloat16 }.SelectMany(dtype =>
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                var (ours, theirs) = build(dtype);
                int repeats = Repeats(ours);
                double[] mine = new double[Rounds], ratios = new double[Rounds];
                for (int round = 0; round < Rounds; round++)
                {
                    mine[round] = Time(ours, repeats);
                    ratios[round] = Time(theirs, repeats) / mine[round];
                }

                Array.Sort(mine);
                Array.Sort(ratios);
                return (string[])
                [
                    $"{mine[Rounds / 2] * 1000:F1}", $"{ratios[Rounds / 2]:F2} ({ratios[Rounds / 4]:F2} to {ratios[Rounds * 3 / 4]:F2})",
                ];
            }),
        ];
        Console.WriteLine($"| {kernel} | {name} | {string.Join(" | ", cells)} |");
    }

    // The runtime compiles a kernel for good once it has run some thirty times; then as many as take some 10 ms.
    private static int Repeats(Action work)
    {
        _ = Time(work, 60);
        return Math.Clamp((int)(10 / Time(work, 5)), 1, 1000);
    }

    private static double Time(Action work, int repeats) => Clock.Milliseconds(1, () =>
    {
        using var scope = NewDisposeScope();
        for (int i = 0; i < repeats; i++)
        {
            work();
        }
    }) / repeats;

    private static Tensor Normal(ScalarType dtype, params long[] shape) => randn(shape).mul_(0.05).to_type(dtype);

    // Thirty weights, as many as no cache holds.
    private static (Action Ours, Action Theirs) SmallBatch(int rows, ScalarType dtype)
    {
        Tensor[] weights = [.. Enumerable.Range(0, 30).Select(_ => Normal(dtype, Inner, Width))];
        var x = Normal(dtype, rows, Width);
        int ours = 0, theirs = 0;
        return (
            () => SmallBatchLinear.Linear(x, weights[ours++ % weights.Length], bias: null).Dispose(),
            () => nn.functional.linear(x, weights[theirs++ % weights.Length]).Dispose());
    }

    // Thirty weights in blocks of 8 bits; libtorch has no such product, so its own is that of the column's format.
    private static unsafe (Action Ours, Action Theirs) Int8(int rows, ScalarType dtype)
    {
        const int blocks = Width / Int8Blocks.Length;
        Tensor[] weights = [.. Enumerable.Range(0, 30).Select(_ => randint(0, 60, [Inner * blocks * Int8Blocks.Bytes], ScalarType.Byte))];
        Tensor[] plain = [.. Enumerable.Range(0, 30).Select(_ => Normal(dtype, Inner, Width))];
        var (x, y) = (Normal(ScalarType.Float32, rows, Width), empty(rows, Inner));
        var (values, scales) = (empty([rows, Width], ScalarType.Int16), empty(rows, blocks));
        var input = x.to_type(dtype);
        int ours = 0, theirs = 0;
        return (Multiply, () => nn.functional.linear(input, plain[theirs++ % plain.Length]).Dispose());

        void Multiply()
        {
            var quantized = new Int8Rows(TensorMemory.Of<short>(values), TensorMemory.Of<float>(scales));
            quantized.Quantize(TensorMemory.Of<float>(x), (long)rows * Width);
            var weight = new WeightMatrix(TensorMemory.Of<byte>(weights[ours++ % weights.Length]), WeightFormat.Int8, Inner, Width);
            DecodeProduct.Run([new DecodeProduct(weight, null, TensorMemory.Of<float>(y), Inner) { Int8 = quantized }], rows);
        }
    }

    private static (Action Ours, Action Theirs) Cached(jit.CompilationUnit library, int rows, ScalarType dtype)
    {
        int[] lengths = [.. Enumerable.Repeat(Past, rows)];
        var cache = new LayerCache(lengths, KeyHeads, HeadDim, window: null, dtype, CPU);
        cache.Allocate(rows, Past + 1, kept: 0);
        var projected = Normal(ScalarType.Float32, rows, KeyHeads * (Groups + 2) * HeadDim);
        var output = empty(rows, KeyHeads * Groups * HeadDim);
        var query = Normal(dtype, rows, KeyHeads * Groups, 1, HeadDim);
        var (keys, values) = (Normal(dtype, rows, KeyHeads, Past + 1, HeadDim), Normal(dtype, rows, KeyHeads, Past + 1, HeadDim));
        return (
            () => Attend(projected, output, rows, cache),
            () => ((Tensor)library.invoke("attention", query, keys, values, false)).Dispose());
    }

    private static unsafe void Attend(Tensor projected, Tensor output, int rows, LayerCache cache) => CachedAttention.Attend(
        TensorMemory.Of<float>(projected), TensorMemory.Of<float>(output), rows, KeyHeads * Groups,
        new AttentionSettings(Layer: 0, KeyHeads, HeadDim) { Scale = 0.125 }, rotary: default, cache);

    private static (Action Ours, Action Theirs) Norm(jit.CompilationUnit library, int rows, ScalarType dtype)
    {
        var (x, weight) = (Normal(dtype, rows, Width), Normal(dtype, Width));
        var y = empty_like(x);
        return (() => RmsNormKernel.Forward(x, weight, 1e-5, y), () => ((Tensor)library.invoke("rms_norm", x, weight)).Dispose());
    }

    private static (Action Ours, Action Theirs) SwiGlu(int rows, ScalarType dtype)
    {
        var (gate, up) = (Normal(dtype, rows, Inner), Normal(dtype, rows, Inner));
        var y = empty_like(gate);
        return (
            () => GatedActivationKernel.Forward(gate, up, y),
            () =>
            {
                using var activated = nn.functional.silu(gate);
                activated.mul_(up);
            }
        );
    }

    private static (Action Ours, Action Theirs) Packed(jit.CompilationUnit library, int count, int length, ScalarType dtype)
    {
        long n = (long)count * length;
        var config = ModelConfig.Create("llama", 512, Width, Inner, 1, KeyHeads * Groups, KeyHeads);
        var pass = new CpuPass(
            new PackedSequences([.. Enumerable.Range(0, count).Select(_ => (ReadOnlyMemory<int>)new int[length])], new uint[count]),
            new RotaryEmbedding(config, ScalarType.Float32, CPU),
            new Workspace(dtype),
            IsTraining: true);
        var attention = new PackedAttention(new AttentionSettings(0, KeyHeads, HeadDim), KeyHeads * Groups);
        (Tensor, Tensor, Tensor) Three() => (Normal(dtype, n, Width), Normal(dtype, n, KeyHeads * HeadDim), Normal(dtype, n, KeyHeads * HeadDim));
        var (query, key, value) = Three();
        var heads = Three();
        var gradients = Three();
        var (scratch, attended, above) = (Normal(dtype, n, Width), Normal(dtype, n, Width), Normal(dtype, n, Width));
        var (outputs, (queries, keys, values)) = (Normal(dtype, n, Width), Three());

        Tensor ByHeads(int number) => Normal(dtype, count, number, length, HeadDim).requires_grad_();
        var (q, k, v) = (ByHeads(KeyHeads * Groups), ByHeads(KeyHeads), ByHeads(KeyHeads));
        var gradient = Normal(dtype, count, KeyHeads * Groups, length, HeadDim);
        return (
            () =>
            {
                attention.Split(query, key, value, heads, pass);
                attention.Forward(heads, scratch, attended, pass);
                attention.Backward(heads, above, gradients, (outputs, queries, keys, values), pass);
            },
            () =>
            {
                using var enabled = enable_grad();
                using var output = (Tensor)library.invoke("attention", q, k, v, true);
                output.backward([gradient]);
            }
        );
    }

    // In bfloat16 both are libtorch's.
    private static (Action Ours, Action Theirs) Product(ScalarType dtype)
    {
        var (x, weight, y) = (Normal(dtype, 800, Width), Normal(dtype, Inner, Width), Normal(dtype, 800, Inner));
        return (() => DenseProduct.Multiply(x, weight, y, add: false), () => y.addmm_(x, weight.t(), beta: 0));
    }

    private static (Action Ours, Action Theirs) TransposedProduct(ScalarType dtype)
    {
        var (x, weight, y) = (Normal(dtype, 800, Width), Normal(dtype, Inner, Width), Normal(dtype, 800, Inner));
        return (() => DenseProduct.MultiplyTransposed(y, weight, x, add: false), () => x.addmm_(y, weight, beta: 0));
    }

    // A training step's three products with the factors: z = x·Aᵀ, y += z·B, gradient += zᵀ·x.
    private static (Action Ours, Action Theirs) LowRank(ScalarType dtype)
    {
        const int n = 800, rank = 8;
        var (x, y) = (Normal(dtype, n, Width), Normal(dtype, n, Width));
        var (a, b) = (Normal(ScalarType.Float32, rank, Width), Normal(ScalarType.Float32, rank, Width));
        var (z, gradient) = (zeros(n, rank), zeros(rank, Width));
        return (
            () =>
            {
                LowRankKernel.Project(x, a, 1, null, z);
                LowRankKernel.Expand(z, b, null, y);
                LowRankKernel.AddOuter(z, x, null, gradient);
            },
            () =>
            {
                using var inner = NewDisposeScope();
                var wide = x.to_type(ScalarType.Float32);
                var low = wide.mm(a.t());
                y.add_(low.mm(b));
                gradient.addmm_(low.t(), wide);
            }
        );
    }

    private static (Action Ours, Action Theirs) Accumulation(ScalarType dtype)
    {
        var (sum, term) = (zeros(Width, Inner), Normal(dtype, Width, Inner));
        return (() => AccumulationKernel.Add(sum, term), () => sum.add_(term));
    }
}

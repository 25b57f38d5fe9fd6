using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Storage;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling.Operators.Projections;

// One token of each sequence on the CPU, in decoding.
public sealed partial class LoraLinear
{
    /// <summary>Computes projections of the same input, whose outputs are side by side.</summary>
    /// <param name="layers">The projections.</param>
    /// <param name="x">The input, (rows, in).</param>
    /// <param name="y">Receives the outputs, (rows, sum of out).</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="pass">The current pass.</param>
    internal static unsafe void Decode(LoraLinear[] layers, float* x, float* y, int rows, DecodePass pass)
    {
        using var scope = NewDisposeScope();
        using var memory = pass.Open();
        int stride = layers.Sum(layer => layer.OutFeatures);
        var products = new List<DecodeProduct>(2 * layers.Length);
        var updates = new List<DecodeProduct>();
        float** update = stackalloc float*[layers.Length];
        var int8 = Array.Exists(layers, layer => layer.IsDecodedInInt8) ? pass.Quantized(x, (long)rows * layers[0].InFeatures) : default;
        float* output = y;
        foreach (var (i, layer) in layers.Index())
        {
            products.Add(new DecodeProduct(layer.DecodingWeight(pass), x, output, stride) { Int8 = int8 });
            update[i] = null;
            if (layer.IsAdapted)
            {
                int rank = (int)layer._loraA!.shape[0];
                float* lowRank = pass.Allocate((long)rows * rank);
                update[i] = pass.Allocate((long)rows * layer.OutFeatures);
                products.Add(new DecodeProduct(pass.Weight(layer._loraA), x, lowRank, rank));
                updates.Add(new DecodeProduct(pass.Weight(layer._loraB!), lowRank, update[i], layer.OutFeatures));
            }

            output += layer.OutFeatures;
        }

        DecodeProduct.Run(products, rows);
        DecodeProduct.Run(updates, rows);
        output = y;
        foreach (var (i, layer) in layers.Index())
        {
            for (int row = 0; row < rows; row++)
            {
                layer.FinishDecoding(
                    new Span<float>(output + ((long)row * stride), layer.OutFeatures),
                    update[i] == null ? [] : new ReadOnlySpan<float>(update[i] + ((long)row * layer.OutFeatures), layer.OutFeatures),
                    pass);
            }

            output += layer.OutFeatures;
        }
    }

    private bool IsDecodedInInt8 => _stored is Int8Weight && InFeatures % Int8Blocks.Length == 0;

    private unsafe WeightMatrix DecodingWeight(DecodePass pass) =>
        _weight is not null ? pass.Weight(_weight)
        : IsDecodedInInt8 ? new WeightMatrix(((Int8Weight)_stored!).Address, WeightFormat.Int8, OutFeatures, InFeatures)
        : WeightMatrix.Of(_stored!.Expanded(DType));                              // lives until the end of the caller's dispose scope

    // Adds the update and the bias to a row, with DoRA's scaling between them.
    private unsafe void FinishDecoding(Span<float> outputs, ReadOnlySpan<float> update, DecodePass pass)
    {
        if (!update.IsEmpty)
        {
            TensorPrimitives.MultiplyAdd(update, (float)_scale, outputs, outputs);
            if (_magnitude is not null)
            {
                float* factors = pass.Derived(this, RowFactors);
                TensorPrimitives.Multiply(outputs, new ReadOnlySpan<float>(factors, OutFeatures), outputs);
            }
        }

        if (_bias is not null)
        {
            float* bias = pass.Float32(_bias);
            TensorPrimitives.Add(outputs, new ReadOnlySpan<float>(bias, OutFeatures), outputs);
        }
    }
}

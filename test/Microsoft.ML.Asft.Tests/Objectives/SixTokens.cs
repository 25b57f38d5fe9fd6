using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

/// <summary>Six tokens of three sequences, and a vocabulary of more than twenty.</summary>
internal sealed class SixTokens
{
    public const int Vocabulary = 29;

    private static readonly long[] Labels = [0, 12, 25, 25, 3, 7];
    private static readonly int[] Lengths = [2, 1, 3];
    private readonly double[][] _referenceHidden = Random(6, 4, seed: 3);
    private readonly double[][] _referenceHead = Random(Vocabulary, 4, seed: 4);

    public double[][] Hidden { get; } = Random(6, 4, seed: 1);

    public double[][] Head { get; } = Random(Vocabulary, 4, seed: 2);

    public double[] Weights(AsftObjective objective, int[]? lengths = null) =>
        ClosedForm.Weights(objective, LogP(), LogQ(), Labels, lengths ?? Lengths);

    public double Loss(double[] weights, double klWeight, KlDirection direction) => LogP().Zip(LogQ())
        .Select((row, i) => ClosedForm.Loss(row.First, row.Second, Labels[i], weights[i], klWeight, direction)).Sum();

    public HeadResult Evaluate(TokenObjective objective, ScalarType dtype, long memoryBudget = AnchoredHead.DefaultMemoryBudget, Tensor? headGradient = null) =>
        new AnchoredHead(objective, memoryBudget: memoryBudget).Evaluate(
            Matrix(Hidden).to_type(dtype), Matrix(Head).to_type(dtype), tensor(Labels), Reference(dtype, 0, 6), 1, headGradient, Lengths);

    public HeadResult Evaluate(TokenObjective objective, ScalarType dtype, (int Start, int Count) sequence) => new AnchoredHead(objective).Evaluate(
        Matrix(Hidden[sequence.Start..(sequence.Start + sequence.Count)]).to_type(dtype), Matrix(Head).to_type(dtype),
        tensor(Labels[sequence.Start..(sequence.Start + sequence.Count)]), Reference(dtype, sequence.Start, sequence.Count), 1, sequenceLengths: [sequence.Count]);

    private double[][] LogP() => [.. Hidden.Select(row => ClosedForm.LogSoftmax(row, Head))];

    private double[][] LogQ() => [.. _referenceHidden.Select(row => ClosedForm.LogSoftmax(row, _referenceHead))];

    private (Tensor Hidden, Tensor Head) Reference(ScalarType dtype, int start, int count) =>
        (Matrix(_referenceHidden[start..(start + count)]).to_type(dtype), Matrix(_referenceHead).to_type(dtype));

    private static double[][] Random(int rows, int columns, int seed)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => (random.NextDouble() * 3) - 1.5).ToArray())];
    }

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
}

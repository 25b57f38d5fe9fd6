using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// The labels of whole sequences with their log-probabilities by the model and the reference. A sequence is a row of the training
/// data. There are S sequences, one after the other, with N labelled tokens in all.
/// </summary>
public sealed class LabelledSequences
{
    private readonly Tensor _sequenceOf;   // int64 (N)

    /// <summary>Initializes a new instance.</summary>
    /// <param name="logProbabilities">The model's log-probability of each label, (N).</param>
    /// <param name="referenceLogProbabilities">The reference's log-probability of each label, (N); <see langword="null"/> without a reference.</param>
    /// <param name="lengths">The number of labelled tokens of each sequence, 1 or more. Their sum is N.</param>
    /// <exception cref="ArgumentException">A length is below 1, or the sum of the lengths is not N.</exception>
    public LabelledSequences(Tensor logProbabilities, Tensor? referenceLogProbabilities, IReadOnlyList<int> lengths)
    {
        ArgumentNullException.ThrowIfNull(logProbabilities);
        ArgumentNullException.ThrowIfNull(lengths);
        if (lengths.Any(length => length < 1) || lengths.Sum() != logProbabilities.numel())
        {
            throw new ArgumentException(
                $"The sequences have {string.Join(" + ", lengths)} labels, but there are {logProbabilities.numel()}.", nameof(lengths));
        }

        (LogProbabilities, ReferenceLogProbabilities, Lengths) = (logProbabilities, referenceLogProbabilities, lengths);
        _sequenceOf = tensor(
            [.. lengths.SelectMany((length, sequence) => Enumerable.Repeat((long)sequence, length))], ScalarType.Int64, logProbabilities.device);
    }

    /// <summary>Gets the model's log-probability of each label, float32 (N).</summary>
    public Tensor LogProbabilities { get; }

    /// <summary>
    /// Gets the reference's log-probability of each label, float32 (N); <see langword="null"/> unless <see cref="TokenObjective.NeedsReference"/>.
    /// </summary>
    public Tensor? ReferenceLogProbabilities { get; }

    /// <summary>Gets the number of labelled tokens of each sequence, S of them.</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>Sums the values of the tokens of each sequence.</summary>
    /// <param name="values">One for each token, (N).</param>
    /// <returns>One for each sequence, (S).</returns>
    public Tensor Sum(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return zeros([Lengths.Count], values.dtype, values.device).IndexAdd_(0, _sequenceOf, values);
    }

    /// <summary>Averages the values of the tokens of each sequence.</summary>
    /// <param name="values">One for each token, (N).</param>
    /// <returns>One for each sequence, (S).</returns>
    public Tensor Mean(Tensor values)
    {
        var sums = Sum(values);
        return sums.div_(tensor([.. Lengths.Select(length => (double)length)], ScalarType.Float64, sums.device).to_type(sums.dtype));
    }

    /// <summary>Gives each token the value of its sequence.</summary>
    /// <param name="values">One for each sequence, (S).</param>
    /// <returns>One for each token, (N).</returns>
    public Tensor Expand(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.index_select(0, _sequenceOf);
    }
}

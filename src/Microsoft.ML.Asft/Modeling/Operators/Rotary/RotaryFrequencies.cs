using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>
/// Rotary frequencies θ^(−2i/R), i from 0 to R/2 − 1, where R is <see cref="ModelConfig.RotaryDim"/>, with the configuration's scaling for
/// longer texts: <c>linear</c> (position interpolation, arXiv 2306.15595), <c>dynamic</c> (NTK-aware: θ grows with the length), <c>llama3</c> (low
/// frequencies are divided, high ones are kept), <c>yarn</c> (arXiv 2309.00071) and <c>longrope</c> (arXiv 2402.13753: each frequency has a
/// divisor, and another one in texts above the original length).
/// </summary>
public sealed class RotaryFrequencies
{
    private readonly RopeScaling? _scaling;
    private readonly string _type;
    private readonly double _theta;
    private readonly int _dim;
    private readonly int _trainedLength;

    /// <summary>Initializes a new instance of the <see cref="RotaryFrequencies"/> class.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="ofWindows">Whether they are for the layers with a sliding window, which have frequencies of their own in some families (Gemma 3, OLMo 3).</param>
    public RotaryFrequencies(ModelConfig config, bool ofWindows = false)
    {
        _scaling = ofWindows && config.PlainRotaryInWindows ? null : config.RopeScaling;
        _type = _scaling?.RopeType ?? "default";
        _theta = ofWindows ? config.WindowRopeTheta ?? config.RopeTheta : config.RopeTheta;
        _dim = config.RotaryDim;
        _trainedLength = config.MaxPositionEmbeddings;
    }

    /// <summary>Gets the number of a head's numbers that rotate, R.</summary>
    internal int Width => _dim;

    /// <summary>Gets whether each length of the text above the trained one has other frequencies (<c>dynamic</c>).</summary>
    internal bool DependOnLength => _type == "dynamic";

    /// <summary>Gets the length above which texts have other frequencies (<c>longrope</c>); <see langword="null"/> without <c>longrope</c>.</summary>
    public int? LongAbove => _scaling?.LongRope is null ? null : _scaling.OriginalMaxPositionEmbeddings;

    /// <summary>Gets the factor of cosine and sine. It is 1 except for yarn and longrope.</summary>
    public double AttentionFactor => _scaling switch
    {
        { RopeType: "yarn" or "longrope", AttentionFactor: { } given } => given,
        { RopeType: "yarn", Factor: > 1 } => (0.1 * Math.Log(_scaling.Factor)) + 1,
        { RopeType: "longrope", Factor: > 1 } => Math.Sqrt(1 + (Math.Log(_scaling.Factor) / Math.Log(_scaling.OriginalMaxPositionEmbeddings))),
        _ => 1,
    };

    /// <summary>The number of positions of a table for a text of the given length.</summary>
    /// <param name="length">The number of tokens.</param>
    internal int TableLength(int length) =>
        DependOnLength ? Math.Max(length, _trainedLength) : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(256, length));

    /// <summary>Returns the R/2 frequencies, <c>inv_freq</c> in transformers. They depend on the length only with <c>dynamic</c> and <c>longrope</c>.</summary>
    /// <param name="length">The number of tokens in the text.</param>
    public float[] Inverse(int length) => _type switch
    {
        "linear" => Select(_theta, f => f / _scaling!.Factor),
        "dynamic" => Select(DynamicTheta(length), f => f),
        "llama3" => Select(_theta, Llama3),
        "yarn" => Yarn(),
        "longrope" => LongRope(length > LongAbove ? _scaling!.LongRope!.Long : _scaling!.LongRope!.Short),
        _ => Select(_theta, f => f),
    };

    private double Frequency(double theta, int i) => Math.Pow(theta, -2.0 * i / _dim);

    private float[] Select(double theta, Func<double, double> scale) =>
        [.. Enumerable.Range(0, _dim / 2).Select(i => (float)scale(Frequency(theta, i)))];

    private double DynamicTheta(int length)
    {
        double ratio = Math.Max(length, _trainedLength) / (double)_trainedLength;
        double factor = _scaling!.Factor;
        return _theta * Math.Pow((factor * ratio) - (factor - 1), _dim / (_dim - 2.0));
    }

    private double Llama3(double frequency)
    {
        double original = _scaling!.OriginalMaxPositionEmbeddings;
        (double low, double high) = (_scaling.LowFreqFactor, _scaling.HighFreqFactor);
        double turns = original * frequency / (2 * Math.PI);  // the number of rotations within the original length
        double keep = Math.Clamp((turns - low) / (high - low), 0, 1);
        return ((1 - keep) * frequency / _scaling.Factor) + (keep * frequency);
    }

    private float[] LongRope(IReadOnlyList<double> divisors) => [.. divisors.Select((divisor, i) => (float)(Frequency(_theta, i) / divisor))];

    private float[] Yarn()
    {
        double original = _scaling!.OriginalMaxPositionEmbeddings;
        (double fast, double slow) = (Dimension(_scaling.BetaFast), Dimension(_scaling.BetaSlow));
        double low = Math.Max(_scaling.Truncate ? Math.Floor(fast) : fast, 0);
        double high = Math.Min(_scaling.Truncate ? Math.Ceiling(slow) : slow, _dim - 1);
        high = high == low ? high + 0.001 : high;
        return [.. Enumerable.Range(0, _dim / 2).Select(i =>
        {
            double interpolate = Math.Clamp((i - low) / (high - low), 0, 1);
            double frequency = Frequency(_theta, i);
            return (float)((interpolate * frequency / _scaling.Factor) + ((1 - interpolate) * frequency));
        })];

        // The dimension that makes this number of rotations within the original length.
        double Dimension(double turns) =>
            _dim * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(_theta));
    }
}

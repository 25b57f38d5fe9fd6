namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>
/// The length-controlled win rate: logit p = θ + φ·tanh(Δ / s), Δ being the difference of lengths and s its standard deviation; then p
/// at Δ = 0.
/// </summary>
internal static class LengthControl
{
    private const int MostSteps = 100;

    // Keeps both parameters finite if the lengths separate wins from losses perfectly.
    private const double Ridge = 1e-4;

    /// <summary>Fits the preferences by maximum likelihood, and predicts for equal lengths.</summary>
    public static double WinRate(IReadOnlyList<double> preferences, IReadOnlyList<double> differences)
    {
        double mean = differences.Average();
        double deviation = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / Math.Max(1, differences.Count - 1));
        double[] lengths = [.. differences.Select(d => deviation > 0 ? Math.Tanh(d / deviation) : 0)];
        (double theta, double phi) = (0, 0);
        for (int step = 0; step < MostSteps; step++)
        {
            // Newton's step of the log-likelihood.
            (double g0, double g1) = (-Ridge * theta, -Ridge * phi);
            (double h00, double h01, double h11) = (Ridge, 0, Ridge);
            for (int i = 0; i < lengths.Length; i++)
            {
                double p = Sigmoid(theta + (phi * lengths[i]));
                double weight = p * (1 - p);
                g0 += preferences[i] - p;
                g1 += (preferences[i] - p) * lengths[i];
                h00 += weight;
                h01 += weight * lengths[i];
                h11 += weight * lengths[i] * lengths[i];
            }

            double determinant = (h00 * h11) - (h01 * h01);
            (double d0, double d1) = (((h11 * g0) - (h01 * g1)) / determinant, ((h00 * g1) - (h01 * g0)) / determinant);
            double shrink = Math.Min(1, 2 / Math.Max(Math.Abs(d0), Math.Abs(d1)));   // far from the solution a full step may diverge
            (theta, phi) = (theta + (shrink * d0), phi + (shrink * d1));
            if (Math.Abs(d0) + Math.Abs(d1) < 1e-12)
            {
                break;
            }
        }

        return Sigmoid(theta);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}

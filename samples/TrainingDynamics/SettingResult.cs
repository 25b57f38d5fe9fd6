namespace TrainingDynamics;

/// <summary>The result of a setting: the measurements of each seed, at the same steps.</summary>
internal sealed record SettingResult(Setting Setting, IReadOnlyList<IReadOnlyList<Measurement>> Seeds)
{
    public IReadOnlyList<int> Steps => [.. Seeds[0].Select(m => m.Step)];

    /// <summary>The values of one curve at a point, over the seeds.</summary>
    public double[] At(int point, Func<Measurement, double> value) => [.. Seeds.Select(seed => value(seed[point]))];

    /// <summary>The values at the end, over the seeds.</summary>
    public double[] Final(Func<Measurement, double> value) => At(Seeds[0].Count - 1, value);
}

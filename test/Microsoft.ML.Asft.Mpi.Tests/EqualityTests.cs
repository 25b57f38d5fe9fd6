using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>Several workers come to the numbers of one.</summary>
public sealed class EqualityTests(EqualityTests.OneWorker one) : IClassFixture<EqualityTests.OneWorker>
{
    [MpiTheory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Workers_come_to_the_numbers_of_one(int workers)
    {
        string results = Directory.CreateDirectory(Path.Combine(one.Model.Folder, $"{workers}-workers")).FullName;
        await MpiRun.Done(workers, "equality", one.Model.Path, results);
        var all = Enumerable.Range(0, workers).Select(rank => EqualityCases.Numbers.Read(Path.Combine(results, $"worker-{rank}.json"))).ToArray();
        string[] names = [.. one.Numbers.Keys.Where(name => EqualityCases.IsFor(name, workers))];
        Assert.InRange(names.Length, workers < 4 ? 20 : 6, one.Numbers.Count);
        foreach (string name in names)
        {
            var expected = one.Numbers[name];
            var first = all[0][name];
            Assert.True(Distance(expected.FirstGradient, first.FirstGradient) <= 1e-6, $"{name}: the first gradient is off");
            Assert.True(Largest(expected.Losses, first.Losses) <= 1e-4, $"{name}: a loss is off by {Largest(expected.Losses, first.Losses)}");
            Assert.True(Largest(expected.Validations, first.Validations) <= 1e-4, $"{name}: a measurement is off");
            Assert.Equal(expected.Correct[0], first.Correct[0], 1e-9);

            // And to the same as each other to the bit.
            Assert.All(all, numbers => Assert.Equal(first.Weights, numbers[name].Weights));
            Assert.All(all, numbers => Assert.Equal(first.Losses, numbers[name].Losses));
        }
    }

    private static double Distance(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double norm = Math.Sqrt(expected.Sum(x => (double)x * x));
        return Math.Sqrt(expected.Zip(actual, (x, y) => Math.Pow((double)x - y, 2)).Sum()) / norm;
    }

    private static double Largest(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.NotEmpty(expected);
        return expected.Zip(actual, (x, y) => Math.Abs(x - y)).Max();
    }

    /// <summary>The numbers of this process alone.</summary>
    public sealed class OneWorker : IDisposable
    {
        public OneWorker()
        {
            Model = new TinyModel();
            Numbers = EqualityCases.Run(Model.Path, workers: null);
        }

        internal TinyModel Model { get; }

        internal Dictionary<string, EqualityCases.Numbers> Numbers { get; }

        public void Dispose() => Model.Dispose();
    }
}

using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Tests.Support;

/// <summary>What our own model computes.</summary>
internal static class OurModel
{
    /// <summary>The folder of the samples' base model.</summary>
    public static string BaseFolder { get; } = Path.Combine(AppContext.BaseDirectory, "base-model");

    public static AsftTransformer Load(string folder, string? adapter = null) =>
        new MLContext().Model.LoadAsft(new AsftOptions { ModelPath = folder, AdapterPath = adapter, Runtime = { Precision = ModelPrecision.Float32 } });

    /// <summary>Computes the logits of every position.</summary>
    public static float[][] Logits(CausalLanguageModel model, IReadOnlyList<int> ids)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var hidden = model.Forward(tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0));
        var logits = model.LogitTransform.Apply(hidden.squeeze(0).mm(model.HeadWeight.t())).to_type(ScalarType.Float32);
        return [.. Enumerable.Range(0, ids.Count).Select(i => logits[i].data<float>().ToArray())];
    }

    /// <summary>Completes a text with the likeliest tokens, computing every position again for each.</summary>
    public static int[] Greedy(CausalLanguageModel model, IReadOnlyList<int> ids, int count)
    {
        var all = ids.ToList();
        while (all.Count < ids.Count + count)
        {
            all.Add(Logits(model, all)[^1].Index().MaxBy(logit => logit.Item).Index);
        }

        return [.. all[ids.Count..]];
    }

    /// <summary>The same up to an end token, which is left out.</summary>
    public static int[] GreedyUntilEnd(CausalLanguageModel model, IReadOnlyList<int> ids, int count) =>
        [.. Greedy(model, ids, count).TakeWhile(id => !model.EndOfSequenceTokenIds.Contains(id))];

    /// <summary>The standard deviation of logits.</summary>
    public static double Deviation(float[][] logits)
    {
        double mean = logits.Average(row => row.Average(x => (double)x));
        return Math.Sqrt(logits.Average(row => row.Average(x => (x - mean) * (x - mean))));
    }

    /// <summary>The largest difference between two sets of logits.</summary>
    public static double Difference(float[][] left, float[][] right) =>
        left.Zip(right).Max(rows => rows.First.Zip(rows.Second).Max(pair => Math.Abs((double)pair.First - pair.Second)));

    /// <summary>KL(ours ‖ theirs) of the distributions that the logits give, the mean over the positions.</summary>
    public static double Divergence(float[][] ours, float[][] theirs)
    {
        using var scope = NewDisposeScope();
        Tensor Log(float[][] logits) => stack([.. logits.Select(row => tensor(row))]).to_type(ScalarType.Float64).log_softmax(1);
        var (p, q) = (Log(ours), Log(theirs));
        return p.exp().mul(p.sub(q)).sum(1).mean().item<double>();
    }

    /// <summary>64 ids that a seed draws.</summary>
    public static int[] Ids(int vocabulary, int count = 64, int seed = 5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))];
    }
}

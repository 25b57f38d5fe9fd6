using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>Every family with random weights, judged by llama.cpp.</summary>
public sealed class FamilyTests(Xunit.Abstractions.ITestOutputHelper output)
{
    public static TheoryData<string> Families => [.. Family.All.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Llama_cpp_computes_the_same_logits_and_completes_with_the_same_tokens(string family)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "model.gguf");
        var random = RandomModel.Create(Family.All[family]).Save(Path.Combine(folder.Path, "model"));
        using var model = OurModel.Load(Path.Combine(folder.Path, "model"));
        model.ExportGguf(file, new GgufOptions { Type = GgufType.Float32 });
        using var llama = new LlamaCpp(file);

        int[] ids = OurModel.Ids(random.Config.VocabSize);
        var ours = OurModel.Logits(model.Model, ids);
        double deviation = OurModel.Deviation(ours);
        Assert.True(deviation >= 1, $"The logits' deviation is {deviation}.");
        double difference = OurModel.Difference(ours, llama.Logits(ids)) / deviation;
        output.WriteLine($"{family}: {difference:E1} of a deviation of {deviation:F2}");
        Assert.InRange(difference, 0, Family.Tolerance(family));
        Assert.Equal(OurModel.Greedy(model.Model, ids[..32], 32), llama.Greedy(ids[..32], 32));
    }

    public static TheoryData<string> AllFamilies => [.. Family.All.Keys, .. Family.OnnxAlone.Keys];

    [Theory]
    [MemberData(nameof(AllFamilies))]
    public void Without_any_one_trait_the_logits_would_be_others(string family)
    {
        using var folder = new TemporaryFolder();
        var random = RandomModel.Create(Family.ConfigOf(family));
        int[] ids = OurModel.Ids(random.Config.VocabSize);
        var whole = Logits(random);
        double deviation = OurModel.Deviation(whole);

        var moved = FamilyTraits.Of(random).Select(t => (t.Trait, By: OurModel.Difference(whole, Logits(t.Without)) / deviation)).ToList();

        output.WriteLine(string.Join('\n', moved.OrderBy(trait => trait.By).Take(3)));
        Assert.All(moved, trait => Assert.True(trait.By >= 10 * Family.Tolerance(family), $"Without {trait.Trait} the logits move by {trait.By} of their deviation."));

        float[][] Logits(RandomModel variant)
        {
            string path = Path.Combine(folder.Path, "variant");
            variant.Save(path);
            using var model = CausalLanguageModel.Load(path);
            model.eval();
            return OurModel.Logits(model, ids);
        }
    }
}

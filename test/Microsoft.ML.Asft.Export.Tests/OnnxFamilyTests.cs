using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>Every family with random weights, judged by ONNX Runtime. <see cref="FamilyTests"/> checks that each trait counts.</summary>
public sealed class OnnxFamilyTests(Xunit.Abstractions.ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(FamilyTests.AllFamilies), MemberType = typeof(FamilyTests))]
    public void Onnx_Runtime_computes_the_same_logits_and_GenAI_completes_with_the_same_tokens(string family)
    {
        using var folder = new TemporaryFolder();
        string onnx = Path.Combine(folder.Path, "onnx");
        var random = RandomModel.Create(Family.ConfigOf(family)).Save(Path.Combine(folder.Path, "model"));
        using var model = OurModel.Load(Path.Combine(folder.Path, "model"));
        model.ExportOnnx(onnx);

        int[] ids = OurModel.Ids(random.Config.VocabSize);
        var ours = OurModel.Logits(model.Model, ids);
        double difference = OurModel.Difference(ours, GenAI.Logits(onnx, ids)) / OurModel.Deviation(ours);
        output.WriteLine($"{family}: {difference:E1} of a deviation of {OurModel.Deviation(ours):F2}");
        Assert.InRange(difference, 0, 1e-3);
        using var genAI = new GenAI(onnx);
        Assert.Equal(OurModel.GreedyUntilEnd(model.Model, ids[..32], 32), genAI.Greedy(ids[..32], 32, random.Config.EosTokenIds));
    }
}

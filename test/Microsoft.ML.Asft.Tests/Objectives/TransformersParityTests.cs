using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

/// <summary>
/// Random models that Hugging Face's transformers made and saved, and the losses that its logits give. Made by
/// <c>test/reference/from_transformers.py --write Golden/transformers</c>.
/// </summary>
public sealed class TransformersParityTests
{
    public static TheoryData<string> Models => [.. Golden.Models];

    [Theory]
    [MemberData(nameof(Models))]
    public void Models_that_transformers_saved_have_its_losses(string model)
    {
        using var scope = NewDisposeScope();
        string saved = Path.Combine("transformers", model);
        var expected = Golden.Numbers(saved)["score"]!;
        var loaded = Golden.Load(saved, adapter: false);
        using var owned = loaded.Model;

        var actual = new ModelEvaluator(loaded, new AsftOptions()).Evaluate(Golden.Examples);

        Assert.Equal((long)expected["tokens"]!, actual.Tokens);
        Close(expected["sft"]!, actual.Sft);
        Close(expected["dft"]!, actual.Dft);
    }

    private static void Close(JsonNode expected, double actual) => Assert.InRange(actual / (double)expected, 1 - 1e-5, 1 + 1e-5);
}

using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>The samples' base model, judged by llama.cpp.</summary>
public sealed class BaseModelTests
{
    [Fact]
    public void Llama_cpp_computes_the_same_logits_and_completes_with_the_same_tokens()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "base.gguf");
        using var model = OurModel.Load(OurModel.BaseFolder);
        model.ExportGguf(file, new GgufOptions { Type = GgufType.Float32 });
        using var llama = new LlamaCpp(file);

        int[] ids = [.. model.Tokenizer.EncodeToIds(string.Concat(Enumerable.Repeat("<|im_start|>user\nWhat is 3 + 4?<|im_end|>\n", 8))).Take(64)];
        var ours = OurModel.Logits(model.Model, ids);
        Assert.Equal(64, ids.Length);
        Assert.InRange(OurModel.Difference(ours, llama.Logits(ids)), 0, 1e-3 * OurModel.Deviation(ours));
        Assert.Equal(OurModel.Greedy(model.Model, ids, 32), llama.Greedy(ids, 32));
    }
}

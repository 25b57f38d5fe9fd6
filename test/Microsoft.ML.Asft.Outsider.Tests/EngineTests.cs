using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>A host of one's own serves a model through the engine.</summary>
public class EngineTests
{
    [Fact]
    public async Task Requests_of_one_engine_get_what_the_model_completes_alone()
    {
        var mlContext = new MLContext(seed: 1);
        var options = new AsftOptions { Template = "plain", MaxSteps = 1, Lora = null, MaxLength = 24, Generation = { MaxNewTokens = 6 } };
        using var model = mlContext.Transforms.AsftFineTune(new BigramModel(Letters.Count, 32), Letters.Tokenizer, options)
            .Fit(mlContext.Data.LoadFromEnumerable([new Row("ab", "ba")]));
        using var engine = new CompletionEngine(model, slots: 2, queueLimit: 4);

        int[][] prompts = [[.. Letters.Tokenizer.EncodeToIds("abc")], [.. Letters.Tokenizer.EncodeToIds("d")], [.. Letters.Tokenizer.EncodeToIds("ca")]];
        string[] together = await Task.WhenAll(prompts.Select(prompt => Complete(engine, prompt)));
        var alone = new List<string>();
        foreach (int[] prompt in prompts)
        {
            alone.Add(await Complete(engine, prompt));
        }

        Assert.Equal(alone, together);
        Assert.All(together, text => Assert.NotEmpty(text));
        Assert.Equal(2 * prompts.Sum(prompt => prompt.Length), engine.Counts.PromptTokens);
        Assert.Throws<ArgumentException>(() => engine.TrySubmit(new CompletionRequest(prompts[0], new GenerationOptions(), Samples: 3)));
    }

    private static async Task<string> Complete(CompletionEngine engine, int[] prompt)
    {
        using var stream = engine.TrySubmit(new CompletionRequest(prompt, new GenerationOptions { MaxNewTokens = 6 }))!;
        string text = "";
        await foreach (var update in stream.ReadAllAsync(CancellationToken.None))
        {
            text += update.Text;
        }

        return text;
    }

}

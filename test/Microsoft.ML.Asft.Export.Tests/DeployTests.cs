using System.Runtime.CompilerServices;
using System.Text;
using LLama;
using LLama.Common;
using LLama.Sampling;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>What docs/deploy.md shows.</summary>
public sealed class DeployTests
{
    [Fact]
    public async Task The_lines_for_LLamaSharp_answer_as_the_model_does()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "model.gguf");
        using var model = OurModel.Load(OurModel.BaseFolder);
        model.ExportGguf(file, new() { Type = GgufType.Float32 });

        // docs/deploy.md
        var parameters = new ModelParams(file) { ContextSize = 512 };
        using var weights = LLamaWeights.LoadFromFile(parameters);
        var template = new LLamaTemplate(weights) { AddAssistant = true };
        template.Add("user", "What is 3 + 4?");
        string prompt = Encoding.UTF8.GetString(template.Apply());
        var greedy = new InferenceParams { MaxTokens = 64, SamplingPipeline = new GreedySamplingPipeline() };
        string answer = "";
        await foreach (string piece in new StatelessExecutor(weights, parameters).InferAsync(prompt, greedy))
        {
            answer += piece;
        }

        // end
        Assert.NotEmpty(answer);
        Assert.Equal(model.Complete("What is 3 + 4?").Text, answer);
    }

    [Fact]
    public void The_docs_have_the_lines_that_are_tested()
    {
        string here = SourceFile();
        string[] tested = [.. File.ReadLines(here).Select(line => line.TrimEnd()).SkipWhile(line => line != "        // docs/deploy.md").Skip(1)
            .TakeWhile(line => line != "        // end").Select(line => line.Length > 8 ? line[8..] : "")];
        string docs = File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "deploy.md"));
        Assert.Contains($"```csharp\n{string.Join('\n', tested).Trim()}\n```", docs.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static string SourceFile([CallerFilePath] string path = "") => path;
}

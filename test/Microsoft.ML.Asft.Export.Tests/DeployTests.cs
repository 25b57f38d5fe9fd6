using System.Runtime.CompilerServices;
using System.Text;
using LLama;
using LLama.Common;
using LLama.Sampling;
using Microsoft.Extensions.AI;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.OnnxRuntimeGenAI;

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
    public void The_lines_for_ONNX_Runtime_GenAI_answer_as_the_model_does()
    {
        using var temporary = new TemporaryFolder();
        string folder = temporary.Path;
        using var model = OurModel.Load(OurModel.BaseFolder);
        model.ExportOnnx(folder);

        // docs/deploy.md
        using var onnx = new Microsoft.ML.OnnxRuntimeGenAI.Model(folder);
        using var tokenizer = new Tokenizer(onnx);
        using var tokens = tokenizer.Encode(
            tokenizer.ApplyChatTemplate(null, """[{"role": "user", "content": "What is 3 + 4?"}]""", null, add_generation_prompt: true));
        using var parameters = new GeneratorParams(onnx);
        parameters.SetSearchOption("max_length", 256);
        using var generator = new Generator(onnx, parameters);
        generator.AppendTokenSequences(tokens);
        while (!generator.IsDone())
        {
            generator.GenerateNextToken();
        }

        string answer = tokenizer.Decode(generator.GetSequence(0)[tokens[0].Length..]);

        // end
        Assert.NotEmpty(answer);
        Assert.Equal(model.Complete("What is 3 + 4?").Text, answer);
    }

    [Fact]
    public async Task The_lines_for_an_IChatClient_answer_as_the_model_does()
    {
        using var temporary = new TemporaryFolder();
        string folder = temporary.Path;
        using var model = OurModel.Load(OurModel.BaseFolder);
        model.ExportOnnx(folder);

        // docs/deploy.md
        using IChatClient chat = new OnnxRuntimeGenAIChatClient(folder);
        var response = await chat.GetResponseAsync("What is 3 + 4?", new ChatOptions { MaxOutputTokens = 64 });
        string answer = response.Text;

        // end
        string ours = model.Complete("What is 3 + 4?").Text;
        Assert.NotEmpty(ours);
        Assert.StartsWith(ours, answer, StringComparison.Ordinal);  // the client of 0.18.0 repeats the last piece when a text ends
    }

    [Fact]
    public void The_docs_have_the_lines_that_are_tested()
    {
        string here = SourceFile();
        string docs = File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "deploy.md")).ReplaceLineEndings("\n");
        var tested = Snippets(File.ReadAllLines(here)).ToList();
        Assert.Equal(3, tested.Count);
        Assert.All(tested, lines => Assert.Contains($"```csharp\n{lines}\n```", docs, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Snippets(string[] source)
    {
        for (int start = 0; (start = Array.IndexOf(source, "        // docs/deploy.md", start) + 1) > 0;)
        {
            int end = Array.IndexOf(source, "        // end", start);
            yield return string.Join('\n', source[start..end].Select(line => line.Length > 8 ? line[8..] : "")).Trim();
        }
    }

    private static string SourceFile([CallerFilePath] string path = "") => path;
}

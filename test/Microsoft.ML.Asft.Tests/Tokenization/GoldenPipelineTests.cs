using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Tests.Tokenization;

/// <summary>
/// Ids and texts of Hugging Face's tokenizers library 0.23.2 for small tokenizers with the pipelines of published models and with
/// every step on its own. <c>test/reference/tokenizers/golden.cjs</c> made them.
/// </summary>
public class GoldenPipelineTests
{
    private static readonly JsonNode Models = JsonNode.Parse(ReferenceAnswers.Read("models.json"))!;
    private static readonly JsonNode[] Pipelines = [.. ReferenceAnswers.Lines("pipelines.jsonl")];
    private static readonly ILookup<string, JsonNode> Answers =
        ReferenceAnswers.Lines("answers.jsonl").ToLookup(answer => answer["pipeline"]!.GetValue<string>());

    public static TheoryData<string> Names { get; } = [.. Pipelines.Select(pipeline => pipeline["name"]!.GetValue<string>())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encodings_and_decodings_are_those_of_the_reference(string name)
    {
        HuggingFaceTokenizer tokenizer = TinyTokenizer.Load(Definition(name));
        Assert.True(Answers[name].Count() > 10);
        List<string> wrong = [];
        foreach (JsonNode answer in Answers[name])
        {
            string text = answer["text"]!.GetValue<string>();
            int[] ids = GoldenTokenizer.Ids(answer["ids"]!);
            int[] full = answer["full"] is JsonNode more ? GoldenTokenizer.Ids(more) : ids;
            string decoded = answer["decoded"]?.GetValue<string>() ?? text;
            Check("ids", Joined(ids), Joined(tokenizer.EncodeToIds(text)));
            Check("ids with special tokens", Joined(full), Joined(tokenizer.EncodeToIds(text, addSpecialTokens: true)));
            Check("decoded", decoded, tokenizer.Decode(full));
            StreamingDecoder decoder = new(tokenizer);
            Check("streamed", decoded, string.Concat(full.Select(decoder.Add)) + decoder.Flush());

            void Check(string what, string expected, string actual)
            {
                if (expected != actual)
                {
                    wrong.Add($"{what} of {answer["text"]!.ToJsonString()}: expected {expected}, got {actual}");
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(10))}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Offsets_lead_into_the_text_in_order(string name)
    {
        HuggingFaceTokenizer tokenizer = TinyTokenizer.Load(Definition(name));
        foreach (JsonNode answer in Answers[name])
        {
            string text = answer["text"]!.GetValue<string>();
            int start = 0;
            foreach (var token in tokenizer.EncodeToTokens(text, out _))
            {
                Assert.InRange(token.Offset.Start.Value, 0, token.Offset.End.Value);
                Assert.InRange(token.Offset.End.Value, start, text.Length);
                start = token.Offset.Start.Value;
            }
        }
    }

    private static JsonObject Definition(string name)
    {
        JsonObject pipeline = Pipelines.Single(pipeline => pipeline["name"]!.GetValue<string>() == name).DeepClone().AsObject();
        JsonObject model = Models[pipeline["base"]!.GetValue<string>()]!.DeepClone().AsObject();
        foreach ((string key, JsonNode? value) in pipeline["model"]?.AsObject() ?? [])
        {
            model[key] = value?.DeepClone();
        }

        pipeline["model"] = model;
        return pipeline;
    }

    private static string Joined(IEnumerable<int> ids) => string.Join(' ', ids);
}

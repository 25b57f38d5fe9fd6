using Microsoft.ML.Asft.Evaluation.ExactMatch;
using Microsoft.ML.Asft.Evaluation.Tests.Support;

namespace Microsoft.ML.Asft.Evaluation.Tests;

public class ExactMatchTests(BaseModel assets) : IClassFixture<BaseModel>
{
    [Fact]
    public void Completions_that_are_the_response_are_counted_greedily_and_drawn()
    {
        var data = assets.MLContext.Data.TakeRows(assets.MLContext.Data.LoadAsftData(BaseModel.PathOf("old_skills_test.jsonl")), 20);
        var metrics = assets.Model.EvaluateExactMatch(
            data, new ExactMatchOptions { BatchSize = 7, MaxNewTokens = 32, Samples = 2, Temperature = 1e-3 });

        Assert.Equal(metrics.Items.Count(item => item.Correct) / 20.0, metrics.Accuracy, 12);
        Assert.True(metrics.Accuracy > 0.5, metrics.Accuracy.ToString());
        Assert.Equal(metrics.Accuracy.Value, metrics.SampledAccuracy!.Value, 12);      // all but greedy at that temperature
        Assert.Equal(assets.Model.Complete("Tell me the capital of Chile.").Text, metrics.Items[0].Completion);
    }
}

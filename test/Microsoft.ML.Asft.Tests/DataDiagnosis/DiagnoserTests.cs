using Microsoft.ML.Asft.DataDiagnosis;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tests.Training;

namespace Microsoft.ML.Asft.Tests.DataDiagnosis;

public sealed class DiagnoserTests : FitFixture
{
    [Fact]
    public void Rows_that_repeat_contradict_are_cut_or_shared_are_told()
    {
        var options = Options();
        options.MaxLength = 40;
        options.Validation.Data = Load(("What is one?", "1"), ("Other?", "x"));
        var diagnosis = MLContext.Model.DiagnoseAsft(
            Load(("What is one?", "1"), ("What is two?", "2"), ("What is one?", "1"), ("What is two?", "3"), ("Long?", new string('a', 60))), options);
        Assert.Equal((5, 2), (diagnosis.Rows.Rows, diagnosis.Rows.EvaluationRows));
        Assert.Equal([3L], diagnosis.Rows.Duplicates);
        Assert.Equal([4L], diagnosis.Rows.Contradictions);
        Assert.Equal([1L, 3L], diagnosis.Rows.SharedWithEvaluation);
        Assert.Equal(1, diagnosis.Rows.Cut);
        Assert.Equal(0.8, diagnosis.Rows.EndsLearnt, 1e-9);        // the cut row has lost its end
        Assert.True(diagnosis.Rows.Lengths[^1] > 60);
        Assert.True(diagnosis.Rows.SuggestedMaxLength >= diagnosis.Rows.Lengths[^1]);
        Assert.Equal(5, diagnosis.RowScores.Count);
        Assert.Contains(diagnosis.Warnings, warning => warning.Contains("have the prompt of an earlier row and another response: 4", StringComparison.Ordinal));
        Assert.Contains(diagnosis.Warnings, warning => warning.Contains("evaluation data", StringComparison.Ordinal));
    }

    [Fact]
    public void A_random_model_knows_nothing_and_its_cross_entropy_is_what_evaluation_finds()
    {
        var options = Options();
        var diagnosis = MLContext.Model.DiagnoseAsft(Data(), options);
        using var model = MLContext.Model.LoadAsft(options);
        var metrics = model.Evaluate(Data());
        Assert.Equal(metrics.Sft, diagnosis.Tokens.CrossEntropy, 1e-4);
        Assert.Equal(metrics.TokenAccuracy, diagnosis.Tokens.Accuracy, 1e-9);
        Assert.Equal(metrics.Tokens, diagnosis.Rows.LabelledTokens);
        Assert.Equal((ModelKnowledge.Unknown, AsftObjective.Sft), (diagnosis.Recommendation.Knowledge, diagnosis.Recommendation.Objective));
        Assert.Contains("knows nothing", diagnosis.Recommendation.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_takes_over_the_pass_that_a_diagnosis_left(bool measures)
    {
        AsftOptions New()
        {
            var options = Options();
            options.Reference.Strategy = ReferenceStrategy.Cached;
            options.Reference.CachePath = At("pass.cache");
            options.Validation.Data = measures ? Load(("Other?", "x")) : null;
            return options;
        }

        using var alone = Fit(New());
        File.Delete(At("pass.cache"));

        MLContext.Model.DiagnoseAsft(Data(), New());
        var written = File.GetLastWriteTimeUtc(At("pass.cache"));
        using (var after = Fit(New()))
        {
            Assert.Equal(alone.History.Select(step => step.Loss), after.History.Select(step => step.Loss));
        }

        // What the file says is what is used, or another number would show.
        Assert.Equal(written, File.GetLastWriteTimeUtc(At("pass.cache")));
        byte[] file = File.ReadAllBytes(At("pass.cache"));
        file.AsSpan(4096).Fill(0x3E);
        File.WriteAllBytes(At("pass.cache"), file);
        using var other = Fit(New());
        Assert.NotEqual(alone.History.Select(step => step.Loss), other.History.Select(step => step.Loss));
    }

    [Fact]
    public void A_pass_beyond_its_budget_is_refused()
    {
        var options = Options();
        options.Reference.CacheBytes = 1000;
        var error = Assert.Throws<InvalidOperationException>(() => MLContext.Model.DiagnoseAsft(Data(), options));
        Assert.Contains("Reference.CacheBytes allows 1,000", error.Message, StringComparison.Ordinal);
    }

    private IDataView Load(params (string Instruction, string Response)[] rows) =>
        MLContext.Data.LoadFromEnumerable(rows.Select(row => new Demonstration { Instruction = row.Instruction, Response = row.Response }));
}

using Microsoft.ML.Asft.Training.Checkpointing;

namespace Microsoft.ML.Asft.Tests.Training.Checkpointing;

public sealed class DifferingTextTests
{
    [Theory]
    [InlineData("2", "1", "2", "1")]
    [InlineData("", "constant", "not set", "constant")]
    public void Short_values_stand_whole(string was, string now, string shownWas, string shownNow) =>
        Assert.Equal([shownWas, shownNow], DifferingText.Of(was, now));

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(63)]
    [InlineData(500)]
    [InlineData(999)]
    public void Long_values_show_where_they_begin_to_differ(int at)
    {
        string was = new('a', 1000);
        string now = $"{was[..at]}b{was[(at + 1)..]}";

        string[] shown = DifferingText.Of(was, now);

        Assert.NotEqual(shown[0], shown[1]);
        Assert.Contains('b', shown[1]);
        Assert.All(shown, text => Assert.InRange(text.Length, 1, 40));
    }

    [Fact]
    public void A_value_that_is_the_beginning_of_another_looks_different_too()
    {
        string[] shown = DifferingText.Of(new string('a', 100), new string('a', 100) + "b", "c");

        Assert.Equal(3, shown.Distinct().Count());
    }

    [Fact]
    public void What_was_not_recorded_is_said_to_be_missing_and_not_to_be_wrong()
    {
        var now = new RunIdentity(new() { ["A"] = "1" }, new() { ["B"] = "2", ["C"] = "3" });
        var saved = new RunIdentity(new() { ["A"] = "1" }, new() { ["B"] = "1", ["D"] = "4" });

        Assert.Equal(["B was 1 and is 2", "C was not recorded and is 3", "D was 4, and this version does not know it"], now.Compare(saved, "x"));
    }
}

using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Tests.Generation;

public class StopTextTests
{
    [Theory]
    [InlineData("say END now", "say ", "END")]
    [InlineData("say EN", "say EN", "END")]
    [InlineData("aab", "a", "ab")]
    [InlineData("xabcabd", "xabc", "abd")]
    [InlineData("a\n\nb", "a", "\n\n", "b")]
    [InlineData("abcd", "a", "bcd", "bc")]
    [InlineData("abc", "", "abc", "bc")]
    [InlineData("nothing", "nothing")]
    public void A_text_ends_before_its_first_stop_string(string text, string expected, params string[] stops)
    {
        Assert.Equal(expected, Read([text], stops));
        Assert.Equal(expected, Read(text.Select(c => $"{c}"), stops));
    }

    [Fact]
    public void Only_what_may_become_a_stop_string_is_held_back()
    {
        var stop = new StopText(["END"]);
        Assert.Equal("say ", stop.Add("say E"));
        Assert.Equal("E", stop.Add("E"));
        Assert.Equal("EVEN ", stop.Add("VEN "));
        Assert.Equal("", stop.Add("END"));
        Assert.True(stop.IsFound);
    }

    [Fact]
    public void Where_the_pieces_end_makes_no_difference()
    {
        var random = new Random(3);
        string Word(int most) => string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => "ab"[random.Next(2)]));
        for (int i = 0; i < 5000; i++)
        {
            string text = Word(14);
            string[] stops = [Word(4), Word(4), Word(3)];
            var pieces = new List<string>();
            for (int at = 0; at < text.Length;)
            {
                int length = random.Next(1, text.Length - at + 1);
                pieces.Add(text.Substring(at, length));
                at += length;
            }

            Assert.Equal(Read([text], stops), Read(pieces, stops));
        }
    }

    private static string Read(IEnumerable<string> pieces, string[] stops)
    {
        var stop = new StopText(stops);
        string text = "";
        foreach (string piece in pieces.TakeWhile(_ => !stop.IsFound))
        {
            text += stop.Add(piece);
        }

        return text + stop.Flush();
    }
}

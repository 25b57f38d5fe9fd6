using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Tests.Templates;

public class PromptMessageTests
{
    [Fact]
    public void Messages_are_read_with_all_they_hold()
    {
        IReadOnlyList<PromptMessage> messages = PromptMessage.ListFromJson("""
            [{"role": "user", "content": "a", "input": "b"},
             {"role": "assistant", "content": null, "tool_calls": [{"name": "f"}]},
             {"role": "tool", "content": [{"type": "text", "text": "c"}, {"type": "text", "text": "d"}], "name": "f"},
             {"role": "assistant"}]
            """);

        Assert.Equal(["user", "assistant", "tool", "assistant"], messages.Select(message => message.Role));
        Assert.Equal(["a", "", "cd", ""], messages.Select(message => message.Content));
        Assert.Equal(["b", null, null, null], messages.Select(message => message.Input));
        Assert.Equal(
            [null, """{"content":null,"tool_calls":[{"name":"f"}]}""", """{"name":"f"}""", null],
            messages.Select(message => message.Fields?.ToJsonString()));
    }

    [Theory]
    [InlineData("{}", "it is not a list of messages")]
    [InlineData("[", "it is not a list of messages in JSON")]
    [InlineData("[5]", "message 1 is not an object")]
    [InlineData("""[{"role": "user", "content": "a"}, {"content": "b"}]""", "message 2 has no role")]
    [InlineData("""[{"role": "user", "content": 5}]""", "the content of message 1 is not text")]
    [InlineData("""[{"role": "user", "content": [{"type": "image"}]}]""", "message 1 has a part of type 'image'")]
    [InlineData("""[{"role": "user", "content": "a", "input": 5}]""", "the input of message 1 is not text")]
    [InlineData("""[{"role": "user", "role": "tool", "content": "a"}]""", "it is not a list of messages in JSON")]
    [InlineData("""[{"role": "user", "content": "\ud800"}]""", "it is not a list of messages in JSON")]
    [InlineData("null", "it is not a list of messages")]
    public void What_is_no_conversation_is_refused_with_its_place(string json, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => PromptMessage.ListFromJson(json));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }
}

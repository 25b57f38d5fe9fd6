namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads the <c>post_processor</c> of tokenizer.json: the ids before and after a text.</summary>
internal static class PostProcessorReader
{
    public static (int[] Before, int[] After) Read(JsonPlace place)
    {
        string type = place["type"].Text();
        switch (type)
        {
            case "ByteLevel":
                return ([], []);
            case "TemplateProcessing":
                return Template(place);
            case "BertProcessing" or "RobertaProcessing":
                return ([Pair(place["cls"])], [Pair(place["sep"])]);
            case "Sequence":
                (int[] Before, int[] After) all = ([], []);
                foreach (JsonPlace processor in place["processors"].Items())
                {
                    (int[] before, int[] after) = Read(processor);
                    all = ([.. before, .. all.Before], [.. all.After, .. after]);
                }

                return all;
            default:
                throw place["type"].Unsupported($"the post-processor '{type}'");
        }
    }

    private static (int[] Before, int[] After) Template(JsonPlace place)
    {
        List<int> before = [];
        List<int> after = [];
        bool seenText = false;
        foreach (JsonPlace part in place["single"].Items())
        {
            if (part.TryGet("SpecialToken", out JsonPlace? special))
            {
                JsonPlace definition = place["special_tokens"][special["id"].Text()];
                (seenText ? after : before).AddRange(definition["ids"].Items().Select(id => id.Number(TokenizerJson.HighestId)));
            }
            else if (part["Sequence"]["id"].Text() == "A" && !seenText)
            {
                seenText = true;
            }
            else
            {
                throw part.Malformed("should be a special token, or the only text 'A'");
            }
        }

        return seenText ? ([.. before], [.. after]) : throw place["single"].Malformed("leaves no place for the text");
    }

    // ["[CLS]", 101]
    private static int Pair(JsonPlace place) => place.Items().ToArray() is [_, var id]
        ? id.Number(TokenizerJson.HighestId)
        : throw place.Malformed("should be a token and its id");
}

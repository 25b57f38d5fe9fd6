using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft tokenize</c>: text to token ids and back, a line each.</summary>
internal sealed class TokenizeCommand : AsftCommand
{
    private readonly Option<string> _model = new("--model") { HelpName = "DIR", Description = "The folder with the tokenizer's files.", Required = true };
    private readonly Option<bool> _decode = new("--decode") { Description = "From ids to text: lines of {\"ids\": […]} on standard input." };
    private readonly Option<bool> _special = new("--add-special-tokens") { Description = "Add what the tokenizer puts before and after a text." };

    public TokenizeCommand()
        : base("tokenize", "Turns text into token ids, or back: JSON Lines on standard input.")
    {
        Add(_model);
        Add(_decode);
        Add(_special);
        this.NeverWith(_decode, _special);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tokenize --model models/small <<< '{\"text\": \"Hello\"}'",
        "tokenize --model models/small --decode <<< '{\"ids\": [1, 2, 3]}'",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        string folder = parse.GetRequiredValue(_model);
        InputPaths.CheckModel(folder);
        var tokenizer = HuggingFaceTokenizer.Load(folder);
        bool addSpecialTokens = parse.GetValue(_special);
        JsonLines.Map(console, cancellationToken, parse.GetValue(_decode)
            ? line => new JsonObject { ["text"] = tokenizer.Decode(line.Require<int[]>("ids"), skipSpecialTokens: false) }
            : line => new JsonObject { ["ids"] = new JsonArray([.. tokenizer.EncodeToIds(line.Require<string>("text"), addSpecialTokens).Select(id => JsonValue.Create(id))]) });
    }
}

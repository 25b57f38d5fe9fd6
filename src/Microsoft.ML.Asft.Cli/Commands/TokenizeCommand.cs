using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft tokenize</c>: converts text to token ids and back, line by line.</summary>
internal sealed class TokenizeCommand : AsftCommand
{
    private readonly Option<string?> _model = SharedOptions.Text("--model", "DIR", "The folder with the tokenizer's files.").Required();
    private readonly Option<bool> _decode = SharedOptions.Flag("--decode", "Turn ids into text.");
    private readonly Option<bool> _special = SharedOptions.Flag(
        "--add-special-tokens", "Add the tokens that the tokenizer puts around a text.");

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
        string folder = parse.GetRequiredValue(_model)!;
        InputPaths.CheckModel(folder);
        var tokenizer = HuggingFaceTokenizer.Load(folder);
        foreach (string warning in tokenizer.Warnings)
        {
            console.Note($"Warning: {warning}");
        }

        bool addSpecialTokens = parse.GetValue(_special);
        JsonLines.Map(console, cancellationToken, parse.GetValue(_decode) ? Decode : Encode);

        JsonObject Encode(JsonLines.Line line) => new()
        {
            ["ids"] = new JsonArray([.. tokenizer.EncodeToIds(line.Require<string>("text"), addSpecialTokens)]),
        };

        JsonObject Decode(JsonLines.Line line) => new()
        {
            ["text"] = tokenizer.Decode(line.Require<int[]>("ids"), skipSpecialTokens: false),
        };
    }
}

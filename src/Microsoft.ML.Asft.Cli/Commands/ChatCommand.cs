using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft chat</c>: a conversation on the terminal, with streamed answers.</summary>
internal sealed class ChatCommand : AsftCommand
{
    private const string Help = "/reset starts a new conversation, /system TEXT sets the system message, /save FILE writes the conversation, /exit ends";

    private readonly ModelSource _source;
    private readonly Option<string?> _system = SharedOptions.Text("--system", "TEXT", "The system message.");

    public ChatCommand()
        : base("chat", "Chats with a model on the terminal.")
    {
        _source = new ModelSource(this);
        _source.Add(options => options.AddGeneration());
        Add(_system);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "chat --model models/Qwen2.5-0.5B-Instruct --temperature 0.7 --top-p 0.9",
        "chat --pipeline out/pipeline.zip --system \"You answer in one sentence.\"",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        parse.ApplyThreads(_source.Threads, Environment.ProcessorCount);
        var (model, _) = _source.Load(parse, console.CreateContext(), console, cancellationToken);
        using var loaded = model;
        using var client = model.AsChatClient(slots: 1);
        // With --json the result is one object, the conversation. Answers during the chat go to standard error.
        var talk = new Conversation(client, console, console.Json ? console.Error : console.Out, parse.GetValue(_system));
        talk.RunAsync(cancellationToken).GetAwaiter().GetResult();
        if (console.Json)
        {
            console.Result(talk.ToJson(), "");
        }
    }

    private sealed class Conversation(IChatClient client, CommandConsole console, TextWriter output, string? system)
    {
        private readonly List<ChatMessage> _messages = Begin(system);
        private string? _system = system;

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            if (console.ErrorIsTerminal)
            {
                console.Note(Help);
            }

            while (await ReadAsync(cancellationToken) is { } line && line.Trim() is not ("/exit" or "/quit"))
            {
                if (line.StartsWith('/'))
                {
                    Obey(line.Trim());
                }
                else if (line.Length > 0)
                {
                    await AnswerAsync(line, cancellationToken);
                }
            }
        }

        public JsonObject ToJson() => new()
        {
            ["messages"] = new JsonArray([.. _messages.Select(m => new JsonObject { ["role"] = m.Role.Value, ["content"] = m.Text })]),
        };

        private async Task<string?> ReadAsync(CancellationToken cancellationToken)
        {
            if (console.ErrorIsTerminal)
            {
                console.Error.Write("> ");
            }

            return await Task.Run(console.In.ReadLine, cancellationToken).WaitAsync(cancellationToken);
        }

        private async Task AnswerAsync(string question, CancellationToken cancellationToken)
        {
            _messages.Add(new ChatMessage(ChatRole.User, question));
            var updates = new List<ChatResponseUpdate>();
            try
            {
                await foreach (var update in client.GetStreamingResponseAsync(_messages, cancellationToken: cancellationToken))
                {
                    updates.Add(update);
                    output.Write(update.Text);
                    output.Flush();
                }
            }
            catch (InvalidDataException error)
            {
                // The message is too long, or the template cannot render it: the conversation continues without it.
                _messages.RemoveAt(_messages.Count - 1);
                console.Note($"asft chat: {error.Message}");
                return;
            }

            output.WriteLine();
            _messages.Add(new ChatMessage(ChatRole.Assistant, updates.ToChatResponse().Text));
        }

        private void Obey(string line)
        {
            string name = line.Split(' ')[0];
            string text = line[name.Length..].Trim();
            switch (name)
            {
                case "/reset":
                    Restart();
                    break;
                case "/system":
                    _system = text.Length > 0 ? text : null;
                    Restart();
                    break;
                case "/save" when text.Length > 0:
                    Save(text);
                    break;
                default:
                    console.Note(Help);
                    break;
            }
        }

        private void Restart()
        {
            _messages.Clear();
            _messages.AddRange(Begin(_system));
        }

        // One line of JSON, which train reads.
        private void Save(string file)
        {
            try
            {
                AtomicFile.Write(file, writer =>
                {
                    writer.WriteLine(ToJson().ToJsonString(JsonText.Options));
                    return true;
                });
                console.Note($"saved to {file}");
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                console.Note($"asft chat: {error.Message}");
            }
        }

        private static List<ChatMessage> Begin(string? system) => system is null ? [] : [new ChatMessage(ChatRole.System, system)];
    }
}

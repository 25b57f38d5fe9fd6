using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Cli.Options;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Serving;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary><c>asft serve</c>: serves a model over HTTP with OpenAI's API, until it is interrupted.</summary>
internal sealed class ServeCommand : AsftCommand
{
    private const string KeyVariable = "ASFT_API_KEY";

    private readonly ModelSource _source;
    private readonly BoundOptions<AsftServerOptions> _server;

    public ServeCommand()
        : base("serve", "Serves a model over HTTP, with OpenAI's API.")
    {
        _source = new ModelSource(this);
        _server = new BoundOptions<AsftServerOptions>(this);
        _server.Add("--host", "ADDRESS", "The address to listen on. Any address but loopback needs an API key.", o => o.Host);
        _server.Add("--port", "N", "The port; 0 takes a free one.", o => o.Port);
        _server.Add(
            "--api-key", "KEY", $"The key that requests must send. Better set it in the environment: {KeyVariable}.", o => o.ApiKey);
        _server.Add("--model-name", "NAME", "The model's name in requests. Without it: its folder's name.", o => o.ModelName);
        _server.Add("--slots", "N", "Completions that run at the same time.", o => o.Slots);
        _server.Add("--queue-limit", "N", "Requests that may wait. Further requests get 429.", o => o.QueueLimit);
        _server.Add("--max-body-bytes", "N", "The maximum size of a request's body.", o => o.MaxBodyBytes);
        _server.Add("--max-prompt-tokens", "N", "The maximum number of tokens of a prompt.", o => o.MaxPromptTokens);
        _server.Add("--max-completion-tokens", "N", "The maximum number of tokens that a request may ask for.", o => o.MaxCompletionTokens);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "serve --model models/Qwen2.5-0.5B --port 8080",
        "serve --pipeline out/pipeline.zip --host 0.0.0.0 --slots 32",
    ];

    public override void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken)
    {
        var options = _server.Create(parse);
        options.ApiKey ??= Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? key : null;
        parse.ApplyThreads(_source.Threads, Environment.ProcessorCount);
        var (model, _) = _source.Load(parse, console.CreateContext(), console, cancellationToken);
        using (model)
        {
            ServeAsync(model, options, console, cancellationToken).GetAwaiter().GetResult();
        }
    }

    // An interrupt is the normal end of a server, not a failure.
    private static async Task ServeAsync(AsftTransformer model, AsftServerOptions options, CommandConsole console, CancellationToken cancellationToken)
    {
        await using var server = await AsftServer.StartAsync(model, options, cancellationToken);
        console.Result(
            new JsonObject { ["address"] = server.Address.ToString(), ["model"] = server.ModelName },
            $"Serving {server.ModelName} at {server.Address}v1");
        console.Out.Flush();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
    }
}

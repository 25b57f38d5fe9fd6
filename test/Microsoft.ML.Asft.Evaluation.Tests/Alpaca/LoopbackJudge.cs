using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace Microsoft.ML.Asft.Evaluation.Tests.Alpaca;

/// <summary>An OpenAI-compatible endpoint on this machine whose judge is a function of the two answers.</summary>
internal sealed class LoopbackJudge : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<string, string, double> _firstIsBetter;

    /// <param name="firstIsBetter">From the two answers, in the order shown, the probability of the first.</param>
    public LoopbackJudge(Func<string, string, double> firstIsBetter)
    {
        _firstIsBetter = firstIsBetter;
        for (int port = 20000 + (Environment.ProcessId % 20000); ; port++)
        {
            try
            {
                _listener.Prefixes.Clear();
                _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                _listener.Start();
                Endpoint = new Uri($"http://127.0.0.1:{port}/v1");
                break;
            }
            catch (HttpListenerException)
            {
                // taken by somebody else
            }
        }

        _ = ServeAsync();
    }

    public Uri Endpoint { get; }

    /// <summary>Gets or sets whether log-probabilities are given.</summary>
    public bool GivesLogProbabilities { get; set; } = true;

    /// <summary>Gets or sets what is written instead of a letter.</summary>
    public string? Reply { get; set; }

    /// <summary>Gets or sets how many of the next requests fail.</summary>
    public int Failures { get; set; }

    public ConcurrentQueue<JsonElement> Requests { get; } = new();

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                Answer(await _listener.GetContextAsync());
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var request = JsonDocument.Parse(context.Request.InputStream).RootElement;
        Requests.Enqueue(request);
        if (Failures > 0)
        {
            Failures--;
            context.Response.StatusCode = 429;
            context.Response.AddHeader("Retry-After", "0");
            context.Response.Close();
            return;
        }

        string prompt = request.GetProperty("messages").EnumerateArray().Last().GetProperty("content").ToString();
        double p = _firstIsBetter(Between(prompt, "# Answer m\n", "\n\n# Answer M"), Between(prompt, "# Answer M\n", "\n\n# Which"));
        string letter = Reply ?? (p >= 0.5 ? "m" : "M");
        object? logprobs = !GivesLogProbabilities ? null : new
        {
            content = new[]
            {
                new
                {
                    token = letter, logprob = Math.Log(Math.Max(p, 1 - p)), bytes = (int[]?)null,
                    top_logprobs = new[]
                    {
                        new { token = "m", logprob = Math.Log(0.9 * p), bytes = (int[]?)null },
                            new { token = "M", logprob = Math.Log(0.9 * (1 - p)), bytes = (int[]?)null },
                        new { token = "The", logprob = Math.Log(0.1), bytes = (int[]?)null },
                    },
                },
            },
            refusal = (object?)null,
        };
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = "1",
            @object = "chat.completion",
            created = 1,
            model = "judge",
            choices = new[] { new { index = 0, message = new { role = "assistant", content = letter }, finish_reason = "length",
                logprobs } },
            usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 },
        });
        context.Response.ContentType = "application/json";
        context.Response.OutputStream.Write(body);
        context.Response.Close();
    }

    private static string Between(string text, string before, string after)
    {
        int start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
    }
}

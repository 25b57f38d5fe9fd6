using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Microsoft.ML.Asft.Hub.Tests;

/// <summary>A Hub on this machine that speaks the public API and misbehaves as it is told.</summary>
internal sealed class LoopbackHub : IDisposable
{
    private const long NoStall = -1;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, (byte[] Content, bool IsLarge, string? Hash)> _files = [];
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Misdeed>> _misdeeds = new();
    private int _together;
    private long _stallsAt = NoStall;

    public LoopbackHub()
    {
        _listener.Start();
        _ = ServeAsync();
    }

    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Gets what was asked for: the path, the range's start, and the token.</summary>
    public ConcurrentQueue<(string Path, long From, string? Token)> Requests { get; } = new();

    /// <summary>Gets or sets where <see cref="Misdeed.Redirect"/> leads.</summary>
    public Uri? Elsewhere { get; set; }

    /// <summary>Gets the most requests for files that were under way at once.</summary>
    public int MostTogether { get; private set; }

    /// <summary>Gets or sets how many requests for files must be under way before any of them is answered.</summary>
    public Barrier? Meeting { get; set; }

    /// <summary>Whether an answer stalls and all that comes of it has been received; true once for each such answer.</summary>
    public bool IsSilentAfter(long received) => Interlocked.CompareExchange(ref _stallsAt, NoStall, received) == received;

    /// <summary>Adds a file; its description has another hash when one is given.</summary>
    public byte[] Add(string path, int length, bool isLarge = false, string? hash = null)
    {
        byte[] content = new byte[length];
        new Random(path.Length + length).NextBytes(content);
        _files[path] = (content, isLarge, hash);
        return content;
    }

    /// <summary>
    /// Says what happens to the next requests for a file, or with an empty path for the description, one after the other.
    /// </summary>
    public void Misbehave(string path, params Misdeed[] misdeeds)
    {
        var queue = _misdeeds.GetOrAdd(path, _ => new ConcurrentQueue<Misdeed>());
        Array.ForEach(misdeeds, queue.Enqueue);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = AnswerAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
                {
                    var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                    while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
                    {
                        headers[header[..header.IndexOf(':')]] = header[(header.IndexOf(':') + 1)..].Trim();
                    }

                    if (!await AnswerAsync(stream, line.Split(' ')[1], headers))
                    {
                        return;
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or IOException)
            {
            }
        }
    }

    // Returns whether the connection can go on.
    private async Task<bool> AnswerAsync(NetworkStream stream, string target, Dictionary<string, string> headers)
    {
        long from = headers.TryGetValue("Range", out string? range) ? long.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
            : 0;
        Requests.Enqueue((target, from, headers.GetValueOrDefault("Authorization")));
        int mark = target.IndexOf("/resolve/", StringComparison.Ordinal);
        string file = target.StartsWith("/cdn/", StringComparison.Ordinal) ? Uri.UnescapeDataString(target["/cdn/".Length..])
            : mark < 0 ? "" : Uri.UnescapeDataString(target[(mark + "/resolve/".Length + Commit.Length + 1)..]);
        var misdeed = _misdeeds.TryGetValue(file, out var queue) && queue.TryDequeue(out var next) ? next : Misdeed.None;
        switch (misdeed)
        {
            case Misdeed.Fail500:
                return await HeadAsync(stream, "503 Service Unavailable", 0);
            case Misdeed.TooMany429:
                return await HeadAsync(stream, "429 Too Many Requests", 0, "Retry-After: 0");
            case Misdeed.Missing404:
                return await HeadAsync(stream, "404 Not Found", 0, "X-Error-Message: Repository not found");
            case Misdeed.Gated403:
                return await HeadAsync(stream, "403 Forbidden", 0, "X-Error-Message: Access to this model is restricted");
            case Misdeed.Redirect:
                return await HeadAsync(stream, "302 Found", 0, $"Location: {new Uri(Elsewhere!, "/cdn/" + file)}");
            case Misdeed.RedirectInHouse:
                return await HeadAsync(stream, "307 Temporary Redirect", 0, $"Location: /cdn/{file}");
            case Misdeed.RedirectForEver:
                Misbehave(file, Misdeed.RedirectForEver);
                return await HeadAsync(stream, "302 Found", 0, $"Location: {target}");
        }

        byte[] content = file.Length == 0 ? Description() : _files[file].Content;
        if (misdeed == Misdeed.WrongByte)
        {
            content = [.. content];
            content[^1] ^= 1;
        }

        if (misdeed == Misdeed.IgnoreRange)
        {
            from = 0;
        }

        if (from > content.Length)
        {
            return await HeadAsync(stream, "416 Range Not Satisfiable", 0);
        }

        MostTogether = Math.Max(MostTogether, Interlocked.Increment(ref _together));
        try
        {
            if (file.Length > 0 && Meeting is { } meeting)
            {
                await Task.Run(() => meeting.SignalAndWait(_stop.Token), _stop.Token);
            }

            long first = misdeed == Misdeed.WrongRange ? from + 1 : from;
            string status = from > 0 ? "206 Partial Content" : "200 OK";
            await HeadAsync(
                stream, status, content.Length - from + (misdeed == Misdeed.SendTooMuch ? 7 : 0),
                from > 0 ? $"Content-Range: bytes {first}-{content.Length - 1}/{content.Length}" : "Server: loopback");
            int end = misdeed is Misdeed.CutInHalf or Misdeed.Stall ? (int)(from + ((content.Length - from) / 2)) : content.Length;
            Volatile.Write(ref _stallsAt, misdeed == Misdeed.Stall ? end : NoStall);
            await stream.WriteAsync(content.AsMemory((int)from..end), _stop.Token);
            if (misdeed == Misdeed.SendTooMuch)
            {
                await stream.WriteAsync(new byte[7], _stop.Token);
            }

            if (misdeed == Misdeed.Stall)
            {
                await Task.Delay(Timeout.Infinite, _stop.Token);
            }

            return misdeed != Misdeed.CutInHalf;
        }
        finally
        {
            Interlocked.Decrement(ref _together);
        }
    }

    private async Task<bool> HeadAsync(NetworkStream stream, string status, long length, string header = "Server: loopback")
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{header}\r\n\r\n"), _stop.Token);
        return true;
    }

    private byte[] Description() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        sha = Commit,
        siblings = _files.Select(file => file.Value.IsLarge
            ? (object)new
            {
                rfilename = file.Key,
                size = file.Value.Content.Length,
                blobId = "of the pointer",
                lfs = new
                {
                    sha256 = file.Value.Hash ?? Convert.ToHexStringLower(SHA256.HashData(file.Value.Content)),
                    size = file.Value.Content.Length,
                    pointerSize = 130
                },
            }
            : new { rfilename = file.Key, size = file.Value.Content.Length, blobId = file.Value.Hash ?? BlobId(file.Value.Content) }),
    });

    // As git computes it.
    private static string BlobId(byte[] content) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
}

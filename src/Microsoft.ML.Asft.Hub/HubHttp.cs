using System.Net;
using System.Net.Http.Headers;

namespace Microsoft.ML.Asft.Hub;

/// <summary>
/// Requests to the Hub. It follows redirects itself, so that the token goes to no other host, and it separates transient failures from
/// others.
/// </summary>
internal sealed class HubHttp : IDisposable
{
    private const int MostRedirects = 8;

    private readonly HubClientOptions _options;
    private readonly HttpClient _http;

    public HubHttp(HubClientOptions options)
    {
        _options = options;
        _http = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = options.StallTimeout, UseCookies = false })
        {
            Timeout = Timeout.InfiniteTimeSpan,   // a large file may take any time; a stall has its own limit
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("Microsoft.ML.Asft");
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a request, starting at a byte.</summary>
    /// <exception cref="HubException">The Hub refuses, fails or cannot be reached.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri address, long from, string what, CancellationToken cancellationToken)
    {
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            if (_options.Token is { } token && IsHub(address))
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            if (from > 0)
            {
                request.Headers.Range = new RangeHeaderValue(from, null);
            }

            var response = await SendAsync(request, what, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is not (>= 301 and <= 308 and not 304) || response.Headers.Location is not { } location)
            {
                if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                {
                    return response;
                }

                using (response)
                {
                    throw Refused(response, what);
                }
            }

            response.Dispose();
            var next = new Uri(address, location);
            address = next.Scheme == address.Scheme || next.Scheme == Uri.UriSchemeHttps ? next : throw new HubException(
                $"{what}: the server redirects from {address.Scheme} to '{next.Scheme}://{next.Authority}', which is not followed.");
        }

        throw new HubException($"{what}: too many redirects; {MostRedirects} were followed.");
    }

    /// <summary>Reads more data, with the stall timeout.</summary>
    /// <exception cref="HubException">Nothing was received, or the connection broke.</exception>
    public async Task<int> ReadAsync(Stream stream, Memory<byte> buffer, string what, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(_options.StallTimeout, _options.Clock);
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await stream.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (IsNetwork(error, cancellationToken))
        {
            throw Broken(error, what);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string what, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(_options.StallTimeout, _options.Clock);
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (IsNetwork(error, cancellationToken))
        {
            throw Broken(error, what);
        }
    }

    private bool IsHub(Uri address) =>
        address.Scheme == _options.Endpoint.Scheme && address.Host == _options.Endpoint.Host && address.Port == _options.Endpoint.Port;

    private static bool IsNetwork(Exception error, CancellationToken cancellationToken) =>
        error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private HubException Broken(Exception error, string what) => new(
        error is OperationCanceledException
            ? $"{what}: the server sent nothing for {_options.StallTimeout.TotalSeconds:0.#} s."
            : $"{what}: the connection failed: {error.Message}", error)
    {
        IsPassing = true,
    };

    private HubException Refused(HttpResponseMessage response, string what)
    {
        int status = (int)response.StatusCode;
        string said = response.Headers.TryGetValues("X-Error-Message", out var values) ? $" ({string.Join(' ', values)})" : "";
        string advice = status switch
        {
            401 or 403 => _options.Token is null
                ? " It may be private or gated: set HF_TOKEN to a token that may read it. The Hub says the same of names that do not exist."
                : " HF_TOKEN has no access. If it is gated, ask its owner for access.",
            404 => " There is no such repository, revision or file; a data set needs --dataset.",
            _ => "",
        };
        return new HubException($"{what}: the Hub answers {status} {response.ReasonPhrase}{said}.{advice}")
        {
            IsPassing = status is 408 or 429 or >= 500,
            RetryAfter = response.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date - DateTimeOffset.UtcNow) : null,
        };
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Asft.Hub;

/// <summary>
/// Downloads one file: it keeps the existing part, requests the rest, and renames the file when it is complete and verified.
/// </summary>
internal sealed class FileDownload(
    HubHttp http, Retries retries, HubFile file, Uri address, string path, string partialFolder, Action<long> received)
{
    private const int BufferLength = 1 << 17;

    // Named by content, so that a part of another revision is not used for this one.
    private readonly string _partial = Path.Combine(
        partialFolder, Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{file.Path}\n{file.Sha256 ?? file.BlobId}\n{file.Size}")))[..32] + ".part");

    private long Length => File.Exists(_partial) ? new FileInfo(_partial).Length : 0;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (await FileCheck.ProblemOfAsync(path, file, cancellationToken).ConfigureAwait(false) is null)
        {
            received(file.Size);
            return;
        }

        if (Length > file.Size)
        {
            File.Delete(_partial);
        }

        received(Length);
        string? problem = await CompleteAsync(cancellationToken).ConfigureAwait(false);
        if (problem is not null)
        {
            // The existing part may have been wrong. If it fails twice, the Hub is wrong.
            received(-Length);
            File.Delete(_partial);
            problem = await CompleteAsync(cancellationToken).ConfigureAwait(false);
        }

        if (problem is not null)
        {
            received(-Length);
            File.Delete(_partial);
            throw new HubException(
                $"{file.Path}: the downloaded file does not match the Hub's description: {problem}. It was downloaded twice and deleted.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(_partial, path, overwrite: true);
    }

    private async Task<string?> CompleteAsync(CancellationToken cancellationToken)
    {
        await retries.RunAsync(() => FetchAsync(cancellationToken), () => Length, cancellationToken).ConfigureAwait(false);
        return await FileCheck.ProblemOfAsync(_partial, file, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> FetchAsync(CancellationToken cancellationToken)
    {
        long start = Length;
        if (start == file.Size && start > 0)
        {
            return true;
        }

        using var response = await http.GetAsync(address, start, file.Path, cancellationToken).ConfigureAwait(false);
        bool goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == start;
        if (start > 0 && !goesOn)
        {
            received(-start);
            start = 0;
            if (response.StatusCode != HttpStatusCode.OK)
            {
                File.Delete(_partial);
                throw new HubException($"{file.Path}: the server does not resume where the last attempt ended.") { IsPassing = true };
            }
        }

        await using var target = new FileStream(
            _partial, start > 0 ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read, 0, useAsync: true);
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] buffer = new byte[BufferLength];
        long length = start;
        int read;
        while ((read = await http.ReadAsync(source, buffer, file.Path, cancellationToken).ConfigureAwait(false)) > 0)
        {
            length += read;
            if (length > file.Size)
            {
                throw new HubException($"{file.Path}: the server sends more than the {file.Size} bytes of the Hub's description.");
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            received(read);
        }

        await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        return length == file.Size ? true
            : throw new HubException($"{file.Path}: the connection ended after {length} of {file.Size} bytes.") { IsPassing = true };
    }
}

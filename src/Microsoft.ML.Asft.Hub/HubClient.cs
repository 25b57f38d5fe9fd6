
namespace Microsoft.ML.Asft.Hub;

/// <summary>Downloads models and data sets from the Hugging Face Hub, or from another server with its public API.</summary>
/// <remarks>
/// <para>
/// Files are checked by length and hash, SHA-256 or git's own, and get their names only when they match. A stopped download resumes
/// at the byte where it ended. A complete one is only checked.
/// </para>
/// <para>Any number of threads may use one instance at the same time, each with its own folder.</para>
/// </remarks>
public sealed class HubClient : IDisposable
{
    private readonly HubClientOptions _options;
    private readonly HubHttp _http;
    private readonly Retries _retries;

    /// <summary>Initializes the client.</summary>
    /// <param name="options">The options; from the environment if <see langword="null"/>.</param>
    public HubClient(HubClientOptions? options = null)
    {
        _options = options ?? new HubClientOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxConcurrentFiles, 1, nameof(HubClientOptions.MaxConcurrentFiles));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.MaxRetries, nameof(HubClientOptions.MaxRetries));
        _http = new HubHttp(_options);
        _retries = new Retries(_options);
    }

    /// <summary>Gets or sets the function that returns the free space of a folder's disk.</summary>
    internal Func<string, long> FreeSpace { get; set; } = folder => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;

    /// <summary>Downloads a repository's files.</summary>
    /// <param name="request">The repository, the files and the folder.</param>
    /// <param name="progress">Receives a report for every received piece, from several threads.</param>
    /// <param name="cancellationToken">Stops it; received data is kept for the next time.</param>
    /// <returns>The content of the folder.</returns>
    /// <exception cref="HubException">
    /// It cannot be downloaded, or does not fit on the disk; or the folder lacks it and the client is offline.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<HubSnapshot> DownloadAsync(
        HubRequest request, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        HubPaths.CheckRepository(request.Repository);
        if (_options.Offline)
        {
            return await CheckAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var repository = await DescribeAsync(request, cancellationToken).ConfigureAwait(false);
        HubFile[] files = [.. repository.Files.Where(file => HubPaths.Matches(file.Path, request.Include))];
        if (files.Length == 0)
        {
            throw new HubException(
                $"{request.Repository} has no file that matches --include. It has {string.Join(", ", repository.Files.Take(10).Select(f => f.Path))}"
                + (repository.Files.Count > 10 ? ", …." : "."));
        }

        var places = PlacesOf(files, request.OutputFolder);
        string partialFolder = Directory.CreateDirectory(HubManifest.FolderIn(request.OutputFolder)).FullName;
        CheckSpace(files, places, partialFolder, request.OutputFolder);
        var count = new Count(files, progress);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.MaxConcurrentFiles, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(files, parallel, async (file, cancellation) =>
        {
            var download = new FileDownload(
                _http, _retries, file, repository.AddressOf(file, request, _options.Endpoint), places[file.Path], partialFolder, n =>
                    count.Add(file, n));
            await download.RunAsync(cancellation).ConfigureAwait(false);
            count.Done(file);
        }).ConfigureAwait(false);
        new HubManifest(request.Repository, request.IsDataset, request.Revision, repository.Commit, files).Write(request.OutputFolder);
        return new HubSnapshot(request.Repository, repository.Commit, request.OutputFolder, files);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HubRepository> DescribeAsync(HubRequest request, CancellationToken cancellationToken)
    {
        string json = await _retries.RunAsync(
            async () =>
            {
                using var response = await _http.GetAsync(
                    HubRepository.AddressOf(request, _options.Endpoint), 0, request.Repository, cancellationToken)
                    .ConfigureAwait(false);
                await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                using var text = new MemoryStream();
                byte[] buffer = new byte[1 << 16];
                int read;
                while ((read = await _http.ReadAsync(stream, buffer, request.Repository, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    text.Write(buffer, 0, read);
                }

                return System.Text.Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
            },
            () => 0,
            cancellationToken).ConfigureAwait(false);
        return HubRepository.Parse(json, request.Repository);
    }

    private static Dictionary<string, string> PlacesOf(HubFile[] files, string folder)
    {
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            string place = HubPaths.In(folder, file.Path);
            HubPaths.CheckLinks(folder, place);
            if (!places.TryAdd(file.Path, place))
            {
                throw new HubException($"The Hub lists the file '{file.Path}' twice.");
            }
        }

        return places;
    }

    // Existing parts need no more space. A replaced file is kept until the new one is complete.
    private void CheckSpace(HubFile[] files, Dictionary<string, string> places, string partialFolder, string folder)
    {
        long partial = Directory.EnumerateFiles(partialFolder, "*.part").Sum(path => new FileInfo(path).Length);
        long needed = files.Where(file => !(File.Exists(places[file.Path]) && new FileInfo(places[file.Path]).Length == file.Size))
            .Sum(file => file.Size) - partial;
        long free = FreeSpace(folder);
        if (needed > free)
        {
            throw new HubException(
                $"The disk of '{folder}' has {free / 1e9:F1} GB free, but {needed / 1e9:F1} GB are needed. Free space, or download less with --include.");
        }
    }

    private static async Task<HubSnapshot> CheckAsync(HubRequest request, CancellationToken cancellationToken)
    {
        var manifest = HubManifest.Read(request.OutputFolder);
        if (manifest is null || manifest.Repository != request.Repository || manifest.IsDataset != request.IsDataset
            || (request.Revision != manifest.Revision && request.Revision != manifest.Commit))
        {
            throw new HubException(
                $"'{request.OutputFolder}' was not downloaded from {request.Repository} at {request.Revision}, and HF_HUB_OFFLINE forbids requests to the Hub. "
                + "Download it once with the network on.");
        }

        foreach (var file in manifest.Files.Where(file => HubPaths.Matches(file.Path, request.Include)))
        {
            if (await FileCheck.ProblemOfAsync(HubPaths.In(request.OutputFolder, file.Path), file, cancellationToken)
                .ConfigureAwait(false) is { } problem)
            {
                throw new HubException(
                    $"{file.Path} has changed since the download: {problem}. HF_HUB_OFFLINE forbids downloading it again.");
            }
        }

        return new HubSnapshot(manifest.Repository, manifest.Commit, request.OutputFolder, manifest.Files);
    }

    private sealed class Count(HubFile[] files, IProgress<HubProgress>? progress)
    {
        private readonly Lock _turn = new();
        private readonly long _total = files.Sum(file => file.Size);
        private long _received;
        private int _done;

        public void Add(HubFile file, long bytes) => Tell(file, bytes, 0);

        public void Done(HubFile file) => Tell(file, 0, 1);

        private void Tell(HubFile file, long bytes, int done)
        {
            lock (_turn)
            {
                _received += bytes;
                _done += done;
                progress?.Report(new HubProgress(file.Path, _received, _total, _done, files.Length));
            }
        }
    }
}

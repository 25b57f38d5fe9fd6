using Microsoft.ML.Asft.Tests.Support;
using static Microsoft.ML.Asft.Hub.Tests.LoopbackHub;

namespace Microsoft.ML.Asft.Hub.Tests;

public sealed class HubClientTests : IDisposable
{
    private const string Secret = "hf_secret";

    private readonly LoopbackHub _hub = new();
    private readonly TemporaryFolder _folder = new();

    private long _received;

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_repository_comes_whole_with_its_folders()
    {
        byte[] config = _hub.Add("config.json", 700);
        byte[] weights = _hub.Add("model.safetensors", 300_000, isLarge: true);
        byte[] inner = _hub.Add("onnx/a b/é#.bin", 10);
        _hub.Add("empty", 0);
        var snapshot = await DownloadAsync();

        Assert.Equal(Commit, snapshot.Commit);
        Assert.Equal(4, snapshot.Files.Count);
        Assert.Equal(config, Read("config.json"));
        Assert.Equal(weights, Read("model.safetensors"));
        Assert.Equal(inner, Read("onnx/a b/é#.bin"));
        Assert.Empty(Read("empty"));
        Assert.Contains(_hub.Requests, r => r.Path == "/api/models/owner/name/revision/main?blobs=true");
        Assert.Contains(_hub.Requests, r => r.Path == $"/owner/name/resolve/{Commit}/config.json");
    }

    [Fact]
    public async Task A_data_set_has_its_own_addresses_and_patterns_choose_its_files()
    {
        _hub.Add("data/train.jsonl", 50);
        _hub.Add("data/deep/test.jsonl", 50);
        _hub.Add("picture.png", 50);
        var snapshot = await DownloadAsync(request: new HubRequest
        {
            Repository = "chichi56/ASFT", IsDataset = true, Revision = "refs/pr/1", Include = ["*.jsonl"], OutputFolder = _folder.Path,
        });

        Assert.Equal(["data/train.jsonl", "data/deep/test.jsonl"], snapshot.Files.Select(f => f.Path));
        Assert.Contains(_hub.Requests, r => r.Path == "/api/datasets/chichi56/ASFT/revision/refs%2Fpr%2F1?blobs=true");
        Assert.Contains(_hub.Requests, r => r.Path == $"/datasets/chichi56/ASFT/resolve/{Commit}/data/train.jsonl");
    }

    [Theory]
    [InlineData(Misdeed.CutInHalf)]
    [InlineData(Misdeed.Stall)]
    public async Task A_connection_that_ends_early_goes_on_at_the_byte_where_it_ended(Misdeed misdeed)
    {
        byte[] weights = _hub.Add("model.safetensors", 1_000_000, isLarge: true);
        _hub.Misbehave("model.safetensors", misdeed, misdeed);
        await DownloadAsync();

        Assert.Equal(weights, Read("model.safetensors"));
        long[] starts = [.. _hub.Requests.Where(r => r.Path.EndsWith("model.safetensors", StringComparison.Ordinal)).Select(r => r.From)];
        Assert.Equal([0, 500_000, 750_000], starts);
    }

    [Fact]
    public async Task Refusals_that_may_pass_are_waited_out()
    {
        byte[] config = _hub.Add("config.json", 700);
        _hub.Misbehave("", Misdeed.TooMany429, Misdeed.Fail500);
        _hub.Misbehave("config.json", Misdeed.Fail500, Misdeed.TooMany429, Misdeed.Fail500);
        await DownloadAsync();

        Assert.Equal(config, Read("config.json"));
    }

    [Fact]
    public async Task A_server_that_keeps_failing_is_given_up()
    {
        _hub.Add("config.json", 700);
        _hub.Misbehave("config.json", [.. Enumerable.Repeat(Misdeed.Fail500, 20)]);
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync());

        Assert.Contains("config.json: the Hub answers 503", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, _hub.Requests.Count(r => r.Path.EndsWith("config.json", StringComparison.Ordinal)));
        Assert.False(File.Exists(PathOf("config.json")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wrong_byte_is_found_and_the_file_fetched_anew(bool isLarge)
    {
        byte[] content = _hub.Add("file.bin", 5000, isLarge);
        _hub.Misbehave("file.bin", Misdeed.WrongByte);
        await DownloadAsync();

        Assert.Equal(content, Read("file.bin"));
        Assert.Equal(2, _hub.Requests.Count(r => r.Path.EndsWith("file.bin", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_hash_that_stays_wrong_leaves_no_file()
    {
        _hub.Add("file.bin", 5000, isLarge: true, hash: new string('a', 64));
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync());

        Assert.Contains("file.bin", error.Message, StringComparison.Ordinal);
        Assert.Contains(new string('a', 64), error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("file.bin")));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.part", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(Misdeed.IgnoreRange)]
    [InlineData(Misdeed.WrongRange)]
    public async Task A_server_that_cannot_go_on_is_asked_from_the_start(Misdeed misdeed)
    {
        byte[] content = _hub.Add("file.bin", 100_000);
        _hub.Misbehave("file.bin", Misdeed.CutInHalf, misdeed);
        await DownloadAsync();

        Assert.Equal(content, Read("file.bin"));
    }

    [Fact]
    public async Task More_than_was_announced_is_refused()
    {
        _hub.Add("file.bin", 1000);
        _hub.Misbehave("file.bin", [.. Enumerable.Repeat(Misdeed.SendTooMuch, 9)]);
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync());

        Assert.Contains("more than the 1000 bytes", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("file.bin")));
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_to_nobody_that_it_leads_to()
    {
        using var elsewhere = new LoopbackHub();
        byte[] weights = _hub.Add("model.safetensors", 100_000, isLarge: true);
        elsewhere.Add("model.safetensors", 100_000, isLarge: true);
        _hub.Elsewhere = elsewhere.Endpoint;
        _hub.Add("config.json", 700);
        _hub.Misbehave("model.safetensors", Misdeed.Redirect);
        _hub.Misbehave("config.json", Misdeed.RedirectInHouse);
        await DownloadAsync(options => options.Token = Secret);

        Assert.Equal(weights, Read("model.safetensors"));
        Assert.All(_hub.Requests, r => Assert.Equal($"Bearer {Secret}", r.Token));
        Assert.Null(Assert.Single(elsewhere.Requests).Token);
    }

    [Fact]
    public async Task Redirects_without_end_are_given_up()
    {
        _hub.Add("file.bin", 10);
        _hub.Misbehave("file.bin", Misdeed.RedirectForEver);
        Assert.Contains("too many redirects", (await Assert.ThrowsAsync<HubException>(() => DownloadAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Misdeed.Missing404, null, "--dataset")]
    [InlineData(Misdeed.Gated403, null, "set HF_TOKEN")]
    [InlineData(Misdeed.Gated403, Secret, "ask its owner for access")]
    public async Task A_refusal_says_what_to_do_and_never_the_token(Misdeed misdeed, string? token, string mend)
    {
        _hub.Misbehave("", misdeed);
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync(options => options.Token = token));

        Assert.Contains("owner/name", error.Message, StringComparison.Ordinal);
        Assert.Contains(mend, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
        Assert.Single(_hub.Requests);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("/etc/outside")]
    [InlineData("a//b")]
    [InlineData("a\\..\\..\\outside")]
    [InlineData("C:/outside")]
    [InlineData(".asft-hub/manifest.json")]
    [InlineData("")]
    public async Task A_name_that_leads_out_of_the_folder_is_refused_before_anything_comes(string name)
    {
        _hub.Add("config.json", 10);
        _hub.Add(name, 10);
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync());

        Assert.Contains("could be written outside", error.Message, StringComparison.Ordinal);
        Assert.Single(_hub.Requests);
    }

    [Fact]
    public async Task A_link_in_the_folder_is_not_followed()
    {
        string target = Directory.CreateDirectory(PathOf("target")).FullName;
        Directory.CreateSymbolicLink(PathOf("onnx"), target);
        _hub.Add("onnx/model.bin", 10);
        Assert.Contains("is a link", (await Assert.ThrowsAsync<HubException>(() => DownloadAsync())).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(target));
    }

    [Fact]
    public async Task A_full_disk_is_found_before_anything_comes()
    {
        _hub.Add("model.safetensors", 5000, isLarge: true);
        using var client = Client();
        client.FreeSpace = _ => 4999;
        var error = await Assert.ThrowsAsync<HubException>(() => client.DownloadAsync(Request()));

        Assert.Contains("free", error.Message, StringComparison.Ordinal);
        Assert.Single(_hub.Requests);
        client.FreeSpace = _ => 5000;
        await client.DownloadAsync(Request());
        client.FreeSpace = _ => 0;   // all of it is there
        await client.DownloadAsync(Request());
    }

    [Fact]
    public async Task A_cancelled_download_goes_on_where_it_ended()
    {
        byte[] weights = _hub.Add("model.safetensors", 2_000_000, isLarge: true);
        _hub.Misbehave("model.safetensors", Misdeed.Stall);
        using var cancellation = new CancellationTokenSource();
        var listener = new Listener(p => { if (p.Received >= 1_000_000) { cancellation.Cancel(); } });
        using (var client = Client())
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.DownloadAsync(Request(), listener, cancellation.Token));
        }

        Assert.False(File.Exists(PathOf("model.safetensors")));
        await DownloadAsync();
        Assert.Equal(weights, Read("model.safetensors"));
        Assert.Equal(1_000_000, _hub.Requests.Last().From);
    }

    [Fact]
    public async Task What_is_there_is_checked_and_not_fetched_again()
    {
        _hub.Add("config.json", 700);
        _hub.Add("model.safetensors", 3000, isLarge: true);
        await DownloadAsync();
        byte[] damaged = Read("config.json");
        damaged[0] ^= 1;
        await File.WriteAllBytesAsync(PathOf("config.json"), damaged);
        int before = _hub.Requests.Count;
        await DownloadAsync();

        Assert.Equal(["config.json"], _hub.Requests.Skip(before + 1).Select(r => r.Path.Split('/')[^1]));
    }

    [Fact]
    public async Task Offline_a_folder_is_used_as_it_was_filled_and_nothing_is_asked()
    {
        _hub.Add("config.json", 700);
        await DownloadAsync();
        int before = _hub.Requests.Count;
        var snapshot = await DownloadAsync(options => options.Offline = true);
        Assert.Equal(Commit, snapshot.Commit);

        File.Delete(PathOf("config.json"));
        Assert.Contains(
            "config.json", (await Assert.ThrowsAsync<HubException>(() => DownloadAsync(options => options.Offline = true))).Message,
                StringComparison.Ordinal);
        var other = new HubRequest { Repository = "owner/other", OutputFolder = _folder.Path };
        Assert.Contains(
            "was not downloaded from owner/other",
            (await Assert.ThrowsAsync<HubException>(() => DownloadAsync(options => options.Offline = true, other))).Message,
                StringComparison.Ordinal);
        Assert.Equal(before, _hub.Requests.Count);
    }

    [Fact]
    public async Task Several_files_come_at_once_and_no_more_than_asked_for()
    {
        for (int i = 0; i < 9; i++)
        {
            _hub.Add($"file-{i}", 100 + i);
        }

        using var meeting = new Barrier(3);
        _hub.Meeting = meeting;
        await DownloadAsync(options => options.MaxConcurrentFiles = 3);
        Assert.Equal(3, _hub.MostTogether);
    }

    [Fact]
    public async Task Progress_counts_every_byte_once_whatever_goes_wrong()
    {
        _hub.Add("model.safetensors", 400_000, isLarge: true);
        _hub.Add("config.json", 700);
        _hub.Misbehave("model.safetensors", Misdeed.CutInHalf, Misdeed.IgnoreRange);
        var reports = new List<HubProgress>();
        using var client = Client();
        await client.DownloadAsync(Request(), new Listener(reports.Add));

        Assert.Equal(new HubProgress(reports[^1].File, 400_700, 400_700, 2, 2), reports[^1]);
        Assert.All(reports, p => Assert.InRange(p.Received, 0, p.Total));
    }

    [Theory]
    [InlineData("a/b/c")]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("a/b?x=1")]
    public async Task A_name_that_is_no_repositorys_is_refused(string repository) => Assert.Contains(
        "is not a repository's name",
        (await Assert.ThrowsAsync<HubException>(
            () => DownloadAsync(request: new HubRequest { Repository = repository, OutputFolder = _folder.Path }))).Message,
        StringComparison.Ordinal);

    private HubRequest Request() => new() { Repository = "owner/name", OutputFolder = _folder.Path };

    private HubClient Client(Action<HubClientOptions>? configure = null)
    {
        var options = new HubClientOptions
        {
            Endpoint = _hub.Endpoint,
            Token = null,
            Offline = false,
            MaxRetries = 4,
            Clock = new HubClock(() => _hub.IsSilentAfter(_received)),
        };
        configure?.Invoke(options);
        return new HubClient(options);
    }

    private async Task<HubSnapshot> DownloadAsync(Action<HubClientOptions>? configure = null, HubRequest? request = null)
    {
        using var client = Client(configure);
        return await client.DownloadAsync(request ?? Request(), new Listener(progress => _received = progress.Received));
    }

    private string PathOf(string name) => Path.Combine(_folder.Path, name);

    private byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    private sealed class Listener(Action<HubProgress> listen) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => listen(value);
    }
}

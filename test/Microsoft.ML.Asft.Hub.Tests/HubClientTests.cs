using static Microsoft.ML.Asft.Hub.Tests.LoopbackHub;

namespace Microsoft.ML.Asft.Hub.Tests;

public sealed class HubClientTests : HubFixture
{
    [Fact]
    public async Task A_repository_comes_whole_with_itsFolders()
    {
        byte[] config = Hub.Add("config.json", 700);
        byte[] weights = Hub.Add("model.safetensors", 300_000, isLarge: true);
        byte[] inner = Hub.Add("onnx/a b/é#.bin", 10);
        Hub.Add("empty", 0);
        var snapshot = await DownloadAsync();

        Assert.Equal(Commit, snapshot.Commit);
        Assert.Equal(4, snapshot.Files.Count);
        Assert.Equal(config, Read("config.json"));
        Assert.Equal(weights, Read("model.safetensors"));
        Assert.Equal(inner, Read("onnx/a b/é#.bin"));
        Assert.Empty(Read("empty"));
        Assert.Contains(Hub.Requests, r => r.Path == "/api/models/owner/name/revision/main?blobs=true");
        Assert.Contains(Hub.Requests, r => r.Path == $"/owner/name/resolve/{Commit}/config.json");
    }

    [Fact]
    public async Task A_data_set_has_its_own_addresses_and_patterns_choose_its_files()
    {
        Hub.Add("data/train.jsonl", 50);
        Hub.Add("data/deep/test.jsonl", 50);
        Hub.Add("picture.png", 50);
        var snapshot = await DownloadAsync(request: new HubRequest
        {
            Repository = "chichi56/ASFT", IsDataset = true, Revision = "refs/pr/1", Include = ["*.jsonl"], OutputFolder = Folder.Path,
        });

        Assert.Equal(["data/train.jsonl", "data/deep/test.jsonl"], snapshot.Files.Select(f => f.Path));
        Assert.Contains(Hub.Requests, r => r.Path == "/api/datasets/chichi56/ASFT/revision/refs%2Fpr%2F1?blobs=true");
        Assert.Contains(Hub.Requests, r => r.Path == $"/datasets/chichi56/ASFT/resolve/{Commit}/data/train.jsonl");
    }

    [Theory]
    [InlineData(Misdeed.CutInHalf)]
    [InlineData(Misdeed.Stall)]
    public async Task A_connection_that_ends_early_goes_on_at_the_byte_where_it_ended(Misdeed misdeed)
    {
        byte[] weights = Hub.Add("model.safetensors", 1_000_000, isLarge: true);
        Hub.Misbehave("model.safetensors", misdeed, misdeed);
        await DownloadAsync();

        Assert.Equal(weights, Read("model.safetensors"));
        long[] starts = [.. Hub.Requests.Where(r => r.Path.EndsWith("model.safetensors", StringComparison.Ordinal)).Select(r => r.From)];
        Assert.Equal([0, 500_000, 750_000], starts);
    }

    [Fact]
    public async Task Refusals_that_may_pass_are_waited_out()
    {
        byte[] config = Hub.Add("config.json", 700);
        Hub.Misbehave("", Misdeed.TooMany429, Misdeed.Fail500);
        Hub.Misbehave("config.json", Misdeed.Fail500, Misdeed.TooMany429, Misdeed.Fail500);
        await DownloadAsync();

        Assert.Equal(config, Read("config.json"));
    }

    [Fact]
    public async Task A_server_that_keeps_failing_is_given_up()
    {
        Hub.Add("config.json", 700);
        Hub.Misbehave("config.json", [.. Enumerable.Repeat(Misdeed.Fail500, 20)]);
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync());

        Assert.Contains("config.json: the Hub answers 503", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, Hub.Requests.Count(r => r.Path.EndsWith("config.json", StringComparison.Ordinal)));
        Assert.False(File.Exists(PathOf("config.json")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wrong_byte_is_found_and_the_file_fetched_anew(bool isLarge)
    {
        byte[] content = Hub.Add("file.bin", 5000, isLarge);
        Hub.Misbehave("file.bin", Misdeed.WrongByte);
        await DownloadAsync();

        Assert.Equal(content, Read("file.bin"));
        Assert.Equal(2, Hub.Requests.Count(r => r.Path.EndsWith("file.bin", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_hash_that_stays_wrong_leaves_no_file()
    {
        Hub.Add("file.bin", 5000, isLarge: true, hash: new string('a', 64));
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync());

        Assert.Contains("file.bin", error.Message, StringComparison.Ordinal);
        Assert.Contains(new string('a', 64), error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("file.bin")));
        Assert.Empty(Directory.EnumerateFiles(Folder.Path, "*.part", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(Misdeed.IgnoreRange)]
    [InlineData(Misdeed.WrongRange)]
    public async Task A_server_that_cannot_go_on_is_asked_from_the_start(Misdeed misdeed)
    {
        byte[] content = Hub.Add("file.bin", 100_000);
        Hub.Misbehave("file.bin", Misdeed.CutInHalf, misdeed);
        await DownloadAsync();

        Assert.Equal(content, Read("file.bin"));
    }

    [Fact]
    public async Task More_than_was_announced_is_refused()
    {
        Hub.Add("file.bin", 1000);
        Hub.Misbehave("file.bin", [.. Enumerable.Repeat(Misdeed.SendTooMuch, 9)]);
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync());

        Assert.Contains("more than the 1000 bytes", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("file.bin")));
    }

    [Fact]
    public async Task A_cancelled_download_goes_on_where_it_ended()
    {
        byte[] weights = Hub.Add("model.safetensors", 2_000_000, isLarge: true);
        Hub.Misbehave("model.safetensors", Misdeed.Stall);
        using var cancellation = new CancellationTokenSource();
        var listener = new Listener(p => { if (p.Received >= 1_000_000) { cancellation.Cancel(); } });
        using (var client = Client())
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.DownloadAsync(Request(), listener, cancellation.Token));
        }

        Assert.False(File.Exists(PathOf("model.safetensors")));
        await DownloadAsync();
        Assert.Equal(weights, Read("model.safetensors"));
        Assert.Equal(1_000_000, Hub.Requests.Last().From);
    }

    [Fact]
    public async Task What_is_there_is_checked_and_not_fetched_again()
    {
        Hub.Add("config.json", 700);
        Hub.Add("model.safetensors", 3000, isLarge: true);
        await DownloadAsync();
        byte[] damaged = Read("config.json");
        damaged[0] ^= 1;
        await File.WriteAllBytesAsync(PathOf("config.json"), damaged);
        int before = Hub.Requests.Count;
        await DownloadAsync();

        Assert.Equal(["config.json"], Hub.Requests.Skip(before + 1).Select(r => r.Path.Split('/')[^1]));
    }

    [Fact]
    public async Task Offline_aFolder_is_used_as_it_was_filled_and_nothing_is_asked()
    {
        Hub.Add("config.json", 700);
        await DownloadAsync();
        int before = Hub.Requests.Count;
        var snapshot = await DownloadAsync(options => options.Offline = true);
        Assert.Equal(Commit, snapshot.Commit);

        File.Delete(PathOf("config.json"));
        Assert.Contains(
            "config.json", (await Assert.ThrowsAsync<HubException>(() => DownloadAsync(options => options.Offline = true))).Message,
                StringComparison.Ordinal);
        var other = new HubRequest { Repository = "owner/other", OutputFolder = Folder.Path };
        Assert.Contains(
            "was not downloaded from owner/other",
            (await Assert.ThrowsAsync<HubException>(() => DownloadAsync(options => options.Offline = true, other))).Message,
                StringComparison.Ordinal);
        Assert.Equal(before, Hub.Requests.Count);
    }

    [Fact]
    public async Task Several_files_come_at_once_and_no_more_than_asked_for()
    {
        for (int i = 0; i < 9; i++)
        {
            Hub.Add($"file-{i}", 100 + i);
        }

        using var meeting = new Barrier(3);
        Hub.Meeting = meeting;
        await DownloadAsync(options => options.MaxConcurrentFiles = 3);
        Assert.Equal(3, Hub.MostTogether);
    }

    [Fact]
    public async Task Progress_counts_every_byte_once_whatever_goes_wrong()
    {
        Hub.Add("model.safetensors", 400_000, isLarge: true);
        Hub.Add("config.json", 700);
        Hub.Misbehave("model.safetensors", Misdeed.CutInHalf, Misdeed.IgnoreRange);
        var reports = new List<HubProgress>();
        using var client = Client();
        await client.DownloadAsync(Request(), new Listener(reports.Add));

        Assert.Equal(new HubProgress(reports[^1].File, 400_700, 400_700, 2, 2), reports[^1]);
        Assert.All(reports, p => Assert.InRange(p.Received, 0, p.Total));
    }
}

namespace Microsoft.ML.Asft.Hub.Tests;

/// <summary>What is refused, and what no server may bring a client to do.</summary>
public sealed class HubRefusalTests : HubFixture
{
    private const string Secret = "hf_secret";

    [Fact]
    public async Task The_token_goes_to_theHub_and_to_nobody_that_it_leads_to()
    {
        using var elsewhere = new LoopbackHub();
        byte[] weights = Hub.Add("model.safetensors", 100_000, isLarge: true);
        elsewhere.Add("model.safetensors", 100_000, isLarge: true);
        Hub.Elsewhere = elsewhere.Endpoint;
        Hub.Add("config.json", 700);
        Hub.Misbehave("model.safetensors", Misdeed.Redirect);
        Hub.Misbehave("config.json", Misdeed.RedirectInHouse);
        await DownloadAsync(options => options.Token = Secret);

        Assert.Equal(weights, Read("model.safetensors"));
        Assert.All(Hub.Requests, r => Assert.Equal($"Bearer {Secret}", r.Token));
        Assert.Null(Assert.Single(elsewhere.Requests).Token);
    }

    [Fact]
    public async Task Redirects_without_end_are_given_up()
    {
        Hub.Add("file.bin", 10);
        Hub.Misbehave("file.bin", Misdeed.RedirectForEver);
        Assert.Contains("too many redirects", (await Assert.ThrowsAsync<HubException>(() => DownloadAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Misdeed.Missing404, null, "--dataset")]
    [InlineData(Misdeed.Gated403, null, "set HF_TOKEN")]
    [InlineData(Misdeed.Gated403, Secret, "ask its owner for access")]
    public async Task A_refusal_says_what_to_do_and_never_the_token(Misdeed misdeed, string? token, string mend)
    {
        Hub.Misbehave("", misdeed);
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync(options => options.Token = token));

        Assert.Contains("owner/name", error.Message, StringComparison.Ordinal);
        Assert.Contains(mend, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
        Assert.Single(Hub.Requests);
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
    public async Task A_name_that_leads_out_of_theFolder_is_refused_before_anything_comes(string name)
    {
        Hub.Add("config.json", 10);
        Hub.Add(name, 10);
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync());

        Assert.Contains("could be written outside", error.Message, StringComparison.Ordinal);
        Assert.Single(Hub.Requests);
    }

    [Fact]
    public async Task A_link_in_theFolder_is_not_followed()
    {
        string target = Directory.CreateDirectory(PathOf("target")).FullName;
        Directory.CreateSymbolicLink(PathOf("onnx"), target);
        Hub.Add("onnx/model.bin", 10);
        Assert.Contains("is a link", (await Assert.ThrowsAsync<HubException>(() => DownloadAsync())).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(target));
    }

    [Fact]
    public async Task A_full_disk_is_found_before_anything_comes()
    {
        Hub.Add("model.safetensors", 5000, isLarge: true);
        using var client = Client();
        client.FreeSpace = _ => 4999;
        var error = await Assert.ThrowsAsync<HubException>(() => client.DownloadAsync(Request()));

        Assert.Contains("free", error.Message, StringComparison.Ordinal);
        Assert.Single(Hub.Requests);
        client.FreeSpace = _ => 5000;
        await client.DownloadAsync(Request());
        client.FreeSpace = _ => 0;   // all of it is there
        await client.DownloadAsync(Request());
    }

    [Theory]
    [InlineData("a/b/c")]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("a/b?x=1")]
    public async Task A_name_that_is_no_repositorys_is_refused(string repository) => Assert.Contains(
        "is not a repository's name",
        (await Assert.ThrowsAsync<HubException>(
            () => DownloadAsync(request: new HubRequest { Repository = repository, OutputFolder = Folder.Path }))).Message,
        StringComparison.Ordinal);
}

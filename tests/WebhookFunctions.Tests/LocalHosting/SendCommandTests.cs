using System.CommandLine;
using Azure.Storage.Blobs;
using LocalHost.Commands;
using LocalHost.Hosting;
using LocalHost.Samples;
using LocalHost.StandIns;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.LocalHosting;

public sealed class SendCommandTests(AzuriteFixture azurite)
{
    private const string Nowhere = "http://127.0.0.1:1";
    private const string Token = "a-token_of.this~test";

    // openssl genpkey -algorithm ed25519
    private const string PrivateKeyPem = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIBoHsKLHKFwseQHb/KaUSsm710Q2oHLImxz5t6a+I/JG
        -----END PRIVATE KEY-----
        """;

    private static readonly Dictionary<string, string> Secret = new() { ["SYNC_WEBHOOK_SECRET"] = "made-up-for-trying" };

    public static TheoryData<string> Providers => [.. ProviderSamples.All.Select(provider => provider.Name)];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_provider_alone_lists_its_events_and_nothing_is_sent(string provider)
    {
        foreach (var arguments in (string[][])[[provider], [provider.ToUpperInvariant(), "--url", Nowhere]])
        {
            var (exitCode, output) = await RunAsync(arguments);

            Assert.Equal(0, exitCode);
            Assert.Equal(
                ProviderSamples.All.Single(each => each.Name == provider).Samples.Select(sample => $"  {sample.Event}"), Lines(output)[1..]);
        }
    }

    [Fact]
    public async Task Without_a_provider_all_are_listed()
    {
        var (exitCode, output) = await RunAsync();

        Assert.Equal(0, exitCode);
        Assert.Equal(ProviderSamples.All.Select(provider => provider.Name), Lines(output)[1..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task The_error_for_an_unknown_event_lists_the_known_ones(string provider)
    {
        var exception = await Assert.ThrowsAsync<LocalHostException>(() => RunAsync(provider, "no-such-event", "--url", Nowhere));

        Assert.All(
            ProviderSamples.All.Single(each => each.Name == provider).Samples,
            sample => Assert.Contains(sample.Event, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_error_for_an_unknown_provider_lists_the_known_ones()
    {
        var exception = await Assert.ThrowsAsync<LocalHostException>(() => RunAsync("nobody", "unknown", "--url", Nowhere));

        Assert.All(ProviderSamples.All, provider => Assert.Contains(provider.Name, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_only_an_arbitrary_secret_a_new_user_gets_a_playable_file()
    {
        using var directory = new TemporaryDirectory();
        var storage = await azurite.NewAccountAsync();
        // On a loaded machine enqueueing may be slow. The app would then answer 503 correctly, and the test would fail.
        var settings = new Dictionary<string, string>(Secret) { ["AzureWebJobsStorage"] = storage, ["Receive__EnqueueTimeout"] = "00:01:00" };
        await using var run = LocalHostProcess.Start(settings, "run", "--port", "0", "--data", directory.Path);
        var url = (await run.ReadyAsync()).AbsoluteUri;

        foreach (var (sample, files) in ((string, int)[])[("COMPLETED", 2), ("batch.COMPLETED", 6), ("FAILED", 0)])
        {
            await using var send = LocalHostProcess.Start(settings, "send", "sync", sample, "--url", url);

            Assert.True(await send.ExitCodeAsync() == 0, $"{send.Output}{Environment.NewLine}{run.Output}");
            var blobs = Lines(send.Output).Where(line => line.Contains(", blob assets/", StringComparison.Ordinal)).ToList();
            Assert.Equal(files, blobs.Count);
            foreach (var blob in blobs.Where(line => line.EndsWith(".mp4", StringComparison.Ordinal)))
            {
                var name = blob[(blob.IndexOf("assets/", StringComparison.Ordinal) + "assets/".Length)..];
                var content = await new BlobClient(storage, "assets", name).DownloadContentAsync(TestContext.Current.CancellationToken);
                // The complete file except for the comment with the job's id.
                var played = SampleMedia.Create("x/output.mp4").Content.AsSpan(0, 30_000);
                Assert.True(content.Value.Content.ToMemory().Span.StartsWith(played));
            }
        }
    }

    [Theory]
    [InlineData(true, "--no-wait")]
    [InlineData(true, "--wait", "false")]
    [InlineData(false, "--no-wait", "--media", "https://example.com/a.mp4")]
    public async Task A_webhook_that_is_not_followed_links_to_no_media_and_the_command_says_so(bool isWarned, params string[] arguments)
    {
        await using var server = await StandInServer.StartAsync();
        server.OnJson("/api/webhooks/sync", """{"received":true}""");

        await using var send = LocalHostProcess.Start(Secret, ["send", "sync", "COMPLETED", "--url", server.Origin, .. arguments]);

        Assert.True(await send.ExitCodeAsync() == 0, send.Output);
        Assert.Equal(isWarned, send.Output.Contains("leads to a file that does not exist", StringComparison.Ordinal));
        Assert.Equal("/api/webhooks/sync", Assert.Single(server.Requests).PathAndQuery);
    }

    [Theory]
    [InlineData("sync", "PENDING", 404, "sync is off at", "SYNC_WEBHOOK_SECRET")]
    [InlineData("sync", "PENDING", 400, "SYNC_WEBHOOK_SECRET has another value here", "clocks")]
    [InlineData("gemini", "unknown", 404, "gemini is off at", "GEMINI_WEBHOOK_SECRET")]
    [InlineData("gemini", "unknown", 400, "GEMINI_WEBHOOK_SECRET has another value here", "clocks")]
    [InlineData("replicate", "starting", 404, "replicate is off at", "REPLICATE_WEBHOOK_SECRET")]
    [InlineData("replicate", "starting", 400, "REPLICATE_WEBHOOK_SECRET has another value here", "clocks")]
    [InlineData("geminigen", "unknown", 404, "geminigen is off at", "GEMINIGEN_PUBLIC_KEY")]
    [InlineData("geminigen", "unknown", 400, "GEMINIGEN_PRIVATE_KEY", "GEMINIGEN_WEBHOOK_TOKEN")]
    [InlineData("gemini/dynamic", "unknown", 404, "GEMINI_WEBHOOK_TOKEN or GEMINI_API_KEY", "gemini/dynamic is off at")]
    [InlineData("gemini/dynamic", "unknown", 400, "GEMINI_PRIVATE_KEY", "GEMINI_JWKS_URL")]
    public async Task The_hint_after_a_rejection_names_the_settings_to_compare_and_not_their_values(
        string provider, string sample, int status, params string[] expectedTexts)
    {
        await using var server = await StandInServer.StartAsync();
        var samples = ProviderSamples.All.Single(each => each.Name == provider);
        server.OnJson($"/api/webhooks/{provider}", "{}", status);
        var settings = new Dictionary<string, string>(samples.NewKeys().Settings) { [samples.TokenSetting ?? "NO_TOKEN"] = Token };
        if (samples.PrivateKeySetting is { } privateKey)
        {
            using var rsa = System.Security.Cryptography.RSA.Create(2048);
            settings[privateKey] = provider == "geminigen" ? rsa.ExportPkcs8PrivateKeyPem() : PrivateKeyPem;
        }

        await using var send = LocalHostProcess.Start(settings, "send", provider, sample, "--url", server.Origin);

        Assert.Equal(1, await send.ExitCodeAsync());
        Assert.All(expectedTexts, text => Assert.Contains(text, send.Output, StringComparison.Ordinal));
        Assert.All(settings.Values, value => Assert.DoesNotContain(value, send.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task If_the_secret_is_missing_a_random_one_is_suggested_only_for_this_machine()
    {
        var settings = new Dictionary<string, string> { ["SYNC_WEBHOOK_SECRET"] = "" };
        await using var here = LocalHostProcess.Start(settings, "send", "sync", "PENDING", "--url", Nowhere);
        await using var elsewhere = LocalHostProcess.Start(settings, "send", "sync", "PENDING", "--url", "https://name.example");

        Assert.Equal(1, await here.ExitCodeAsync());
        Assert.Equal(1, await elsewhere.ExitCodeAsync());
        Assert.Contains("SYNC_WEBHOOK_SECRET=", here.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SYNC_WEBHOOK_SECRET=", elsewhere.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void No_two_samples_of_a_provider_have_the_same_name() =>
        Assert.All(ProviderSamples.All, provider => Assert.Equal(
            provider.Samples.Count, provider.Samples.Select(sample => sample.Event).Distinct(StringComparer.OrdinalIgnoreCase).Count()));

    [Theory]
    [InlineData("geminigen", "GEMINIGEN_PUBLIC_KEY", "openssl genrsa")]
    [InlineData("gemini/dynamic", "GEMINI_JWKS_URL", "openssl genpkey -algorithm ed25519")]
    public async Task If_only_the_provider_can_sign_the_command_says_what_to_do(string provider, string setting, string command)
    {
        var settings = new Dictionary<string, string> { ["GEMINI_PRIVATE_KEY"] = "", ["GEMINIGEN_PRIVATE_KEY"] = "" };
        await using var send = LocalHostProcess.Start(settings, "send", provider, "unknown", "--url", Nowhere);

        Assert.Equal(1, await send.ExitCodeAsync());
        Assert.Contains(command, send.Output, StringComparison.Ordinal);
        Assert.Contains(setting, send.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dynamic_webhook_is_accepted_by_an_app_that_reads_its_keys_from_this_machine()
    {
        using var directory = new TemporaryDirectory();
        var pem = Path.Combine(directory.Path, "private.pem");
        await File.WriteAllTextAsync(pem, PrivateKeyPem, TestContext.Current.CancellationToken);
        var settings = new Dictionary<string, string>
        {
            ["GEMINI_WEBHOOK_TOKEN"] = Token, ["GEMINI_JWKS_URL"] = await FreeAddressAsync() + "/jwks.json",
        };
        await using var app = await RunningApp.StartAsync(
            await azurite.NewAccountAsync(), options => options with { Settings = options.Settings.Concat(settings).ToDictionary() });

        // The second time the app has the keys in its cache.
        for (var i = 0; i < 2; i++)
        {
            await using var command = LocalHostProcess.Start(
                settings, "send", "gemini/dynamic", "unknown", "--url", app.Host.BaseAddress.AbsoluteUri, "--private-key", pem);
            Assert.True(await command.ExitCodeAsync() == 0, command.Output);
            Assert.DoesNotContain(Token, command.Output, StringComparison.Ordinal);
            var webhookId = command.Output[command.Output.IndexOf("msg_", StringComparison.Ordinal)..].Split('\n', '\r')[0];
            Assert.Equal(EventState.Recorded, (await app.EndedAsync("gemini", webhookId)).State);
        }
    }

    private static async Task<string> FreeAddressAsync()
    {
        await using var server = await StandInServer.StartAsync();
        return server.Origin;
    }

    private static string[] Lines(string output) => output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        var exitCode = await SendCommand.Create().Parse(arguments).InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output }, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString());
    }
}

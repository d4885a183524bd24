using System.CommandLine;
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

    public static TheoryData<string> Providers => [.. ProviderSamples.All.Select(provider => provider.Name)];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task What_there_is_to_send_is_listed_where_that_is_not_said(string provider)
    {
        foreach (var arguments in (string[][])[[provider], [provider, "no-such-event", "--url", Nowhere]])
        {
            var refused = await Assert.ThrowsAsync<LocalHostException>(() => RunAsync(arguments));

            Assert.All(
                ProviderSamples.All.Single(each => each.Name == provider).Samples,
                sample => Assert.Contains(sample.Event, refused.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task An_unknown_provider_is_answered_with_those_that_there_are()
    {
        var refused = await Assert.ThrowsAsync<LocalHostException>(() => RunAsync("nobody", "--url", Nowhere));

        Assert.All(ProviderSamples.All, provider => Assert.Contains(provider.Name, refused.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void No_two_samples_of_a_provider_have_one_name() =>
        Assert.All(ProviderSamples.All, provider => Assert.Equal(
            provider.Samples.Count, provider.Samples.Select(sample => sample.Event).Distinct(StringComparer.OrdinalIgnoreCase).Count()));

    [Theory]
    [InlineData("geminigen", "GEMINIGEN_PUBLIC_KEY", "openssl genrsa")]
    [InlineData("gemini/dynamic", "GEMINI_JWKS_URL", "openssl genpkey -algorithm ed25519")]
    public async Task Where_only_the_provider_can_sign_it_is_said_what_to_do(string provider, string setting, string command)
    {
        var settings = new Dictionary<string, string> { ["GEMINI_PRIVATE_KEY"] = "", ["GEMINIGEN_PRIVATE_KEY"] = "" };
        await using var send = LocalHostProcess.Start(settings, "send", provider, "unknown", "--url", Nowhere);

        Assert.Equal(1, await send.ExitCodeAsync());
        Assert.Contains(command, send.Output, StringComparison.Ordinal);
        Assert.Contains(setting, send.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dynamic_webhook_is_believed_by_an_app_that_gets_its_keys_from_this_machine()
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

        // The second time the keys are known, and need not be served.
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

    private static Task<int> RunAsync(params string[] arguments) => SendCommand.Create().Parse(arguments)
        .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken);
}

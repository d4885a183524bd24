using System.CommandLine;
using LocalHost.Commands;
using LocalHost.Hosting;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Operations;

[Collection(SecondOperatorCollection.Name)]
public sealed class OperatorCommandTests(SharedBench shared) : IClassFixture<SharedBench>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dead_letters_are_listed_and_replayed_from_the_command_line()
    {
        var bench = await shared.GetAsync();
        var id = $"id-{Guid.NewGuid():n}";
        await bench.SendAsync(id, bench.Source.Url("/video"));
        await bench.EventAsync(id, row => row.State == EventState.CompletedWithFailures);
        var number = Assert.Single(await bench.DeadLettersAsync(QueueNames.AssetDownloads, 1)).GetProperty("sequenceNumber").GetInt64();
        bench.Source.Serve("/video", [.. "\0\0\0\u0018ftypisom"u8, .. new byte[2000]]);

        Assert.Equal(0, await RunAsync(OperatorCommands.DeadLetters(), bench, QueueNames.AssetDownloads));
        Assert.Equal(0, await RunAsync(OperatorCommands.DeadLetters(), bench, QueueNames.AssetDownloads, "--json"));
        Assert.Equal(0, await RunAsync(OperatorCommands.DeadLetters(), bench, QueueNames.AssetDownloads, "--cursor", $"{number}"));
        Assert.Equal(0, await RunAsync(OperatorCommands.Replay(), bench, QueueNames.AssetDownloads, $"{number}"));

        await bench.EventAsync(id, row => row.State == EventState.Completed);
        Assert.Equal(0, await RunAsync(OperatorCommands.Replay(), bench, QueueNames.AssetDownloads, "--all"));
    }

    [Fact]
    public async Task An_error_of_the_deployment_is_an_error_of_the_command()
    {
        var bench = await shared.GetAsync();

        Assert.Equal(1, await RunAsync(OperatorCommands.Recover(), bench, "no-such-provider", "job"));
    }

    [Fact]
    public async Task An_unreachable_deployment_is_reported_with_its_address()
    {
        var exception = await Assert.ThrowsAsync<LocalHostException>(() => RunAsync(
            OperatorCommands.DeadLetters(), new Uri("http://127.0.0.1:1"), QueueNames.AssetDownloads));

        Assert.Contains("http://127.0.0.1:1", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("here")]
    [InlineData("ftp://127.0.0.1")]
    public async Task An_invalid_address_is_refused(string url) => await Assert.ThrowsAsync<LocalHostException>(() =>
        OperatorCommands.DeadLetters().Parse([QueueNames.AssetDownloads, "--url", url])
            .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, Cancel));

    [Theory]
    [InlineData("asset-downloads")]
    [InlineData("asset-downloads", "1", "--all")]
    [InlineData("asset-downloads", "one")]
    [InlineData("no-such-queue", "--all")]
    public void A_replay_that_names_nothing_is_refused_before_any_request(params string[] arguments) =>
        Assert.NotEmpty(OperatorCommands.Replay().Parse(arguments).Errors);

    private static Task<int> RunAsync(Command command, OperatorBench bench, params string[] arguments) =>
        RunAsync(command, bench.App.BaseAddress, arguments);

    private static Task<int> RunAsync(Command command, Uri address, params string[] arguments) => command
        .Parse([.. arguments, "--url", address.AbsoluteUri])
        .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, Cancel);
}

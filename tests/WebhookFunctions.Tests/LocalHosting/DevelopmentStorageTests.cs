using LocalHost.Hosting;
using LocalHost.Storage;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.LocalHosting;

public sealed class DevelopmentStorageTests
{
    private const string Setting = "AzureWebJobsStorage";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nOK", "nginx")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "without a Server header")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nServer: other\r\nContent-Length: 0\r\n\r\n", "other")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nServer: Azurite-Table/3.35.0\r\nContent-Length: 0\r\n\r\n", "Azurite-Table")]
    [InlineData("-ERR unknown command\r\n", "not Azurite listens")]
    public async Task A_server_at_Azurites_ports_that_is_not_Azurite_is_refused(string answer, string named)
    {
        using var directory = new TemporaryDirectory();
        await using var server = new HostileServer { DefaultScript = exchange => exchange.SendAsync(answer) };

        var exception = await Assert.ThrowsAsync<LocalHostException>(() => OpenAsync([], directory.Path, new AzuritePorts(server.Port, 0, server.Port)));

        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Contains($"port {server.Port}", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public async Task A_second_host_names_the_owner_of_the_Azurite_that_it_shares()
    {
        using var directory = new TemporaryDirectory();
        using var other = new TemporaryDirectory();
        var ports = LastingPorts.Next();
        await using (var first = await OpenAsync([], directory.Path, ports))
        {
            Assert.Contains("started by this run", first.Description, StringComparison.Ordinal);

            await using var second = await OpenAsync([], other.Path, ports);

            Assert.Contains($"another run started (process {Environment.ProcessId}, data {directory.Path})", second.Description, StringComparison.Ordinal);
        }

        Assert.Null(AzuriteOwnerFile.Find(ports));
    }

    [Fact]
    public async Task An_Azurite_that_no_host_started_is_used()
    {
        using var directory = new TemporaryDirectory();
        using var other = new TemporaryDirectory();
        await using var azurite = await AzuriteServer.StartAsync(AzuritePorts.Free, other.Path, TestContext.Current.CancellationToken);
        var settings = new Dictionary<string, string> { [Setting] = " UseDevelopmentStorage=true; " };

        await using var storage = await OpenAsync(settings, directory.Path, azurite.Ports);

        Assert.Contains("was already running", storage.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_account_is_named_by_its_setting_and_without_its_key()
    {
        using var directory = new TemporaryDirectory();
        var settings = new Dictionary<string, string> { [Setting] = "AccountName=mine;AccountKey=c2VjcmV0" };

        await using var storage = await OpenAsync(settings, directory.Path, AzuritePorts.Default);

        Assert.Equal($"the account of {Setting}", storage.Description);
    }

    private static Task<DevelopmentStorage> OpenAsync(Dictionary<string, string> settings, string directory, AzuritePorts ports) =>
        DevelopmentStorage.OpenAsync(settings, directory, ports, TestContext.Current.CancellationToken);
}

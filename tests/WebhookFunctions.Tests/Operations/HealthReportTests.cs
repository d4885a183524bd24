using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using WebhookFunctions.Notifications;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.Queries;
using WebhookFunctions.Outbound;
using WebhookFunctions.Storage;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests of the report about parts that do not answer or refuse. They use a simulated clock, so that they need not wait.</summary>
public sealed class HealthReportTests
{
    private static readonly string[] Parts = ["webhookEvents", "generationJobs", "unfinishedEvents", "assets", "raw-events"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_part_that_does_not_answer_within_two_seconds_is_bad_and_delays_no_other()
    {
        using var probed = new SemaphoreSlim(0);
        await using var silent = new HostileServer();
        silent.DefaultScript = exchange =>
        {
            probed.Release();
            return Task.Delay(Timeout.Infinite, exchange.Stopping);
        };
        using var providers = new ProviderBench();
        var answer = Report(silent, providers).AnswerAsync(Cancel);

        // All five parts are requested before the first of them times out.
        for (var part = 0; part < Parts.Length; part++)
        {
            Assert.True(await probed.WaitAsync(Eventually.MaxWait, Cancel));
        }

        providers.Clock.Advance(OperatorTimes.ProbeTimeout - TimeSpan.FromTicks(1));
        Assert.False(answer.IsCompleted);
        providers.Clock.Advance(TimeSpan.FromTicks(1));

        var (status, json) = Read(await answer.WaitAsync(Eventually.MaxWait, Cancel));
        Assert.Equal((503, "bad"), (status, json.GetProperty("status").GetString()));
        Assert.All(Parts, part => Assert.Equal(
            ("bad", "No answer within 2 seconds."),
            (json.GetProperty("storage").GetProperty(part).GetProperty("status").GetString(), json.GetProperty("storage").GetProperty(part).GetProperty("error").GetString())));
    }

    [Fact]
    public async Task A_refusal_by_storage_is_reported_by_its_status_and_not_by_its_message()
    {
        await using var refusing = new HostileServer();
        refusing.DefaultScript = static exchange => exchange.AnswerAsync("403 The key AAAA is wrong");
        using var providers = new ProviderBench();

        var (status, json) = Read(await Report(refusing, providers).AnswerAsync(Cancel).WaitAsync(Eventually.MaxWait, Cancel));

        Assert.Equal(503, status);
        Assert.All(Parts, part => Assert.StartsWith(
            "403", json.GetProperty("storage").GetProperty(part).GetProperty("error").GetString(), StringComparison.Ordinal));
        Assert.DoesNotContain("AAAA", json.GetRawText(), StringComparison.Ordinal);
    }

    private static (int Status, JsonElement Json) Read(OperatorAnswer answer) => (answer.Status, JsonElement.Parse(Encoding.UTF8.GetString(answer.Body.Span)));

    private static HealthReport Report(HostileServer storage, ProviderBench providers)
    {
        var account = $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={Convert.ToBase64String(new byte[32])};"
            + $"BlobEndpoint={storage.Url("/a")};TableEndpoint={storage.Url("/a")}";
        var clients = new StorageClients(
            new TableServiceClient(account, new TableClientOptions { Retry = { MaxRetries = 0 } }),
            new BlobServiceClient(account, new BlobClientOptions { Retry = { MaxRetries = 0 } }));
        return new HealthReport(
            AppParts.Create(clients, new UnreachableServiceBus(), providers.Clock),
            providers.Catalog,
            new NotifySettings(new ConfigurationBuilder().Build(), Options.Create(new OutboundOptions())));
    }

    /// <summary>Client of an unavailable broker, whose failure must not hide that of storage.</summary>
    private sealed class UnreachableServiceBus : ServiceBusClient
    {
        public override ServiceBusReceiver CreateReceiver(string queueName) => throw new TimeoutException();
    }
}

using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.Triggers;

/// <summary>Tests of the line that the log has for each dead letter of the app.</summary>
public sealed class MessageSettlementTests(AzuriteFixture azurite) : IDisposable
{
    private readonly CapturedLogs _logs = new();
    private readonly CapturedActions _actions = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task The_line_about_a_dead_lettered_asset_names_its_event_job_and_name()
    {
        await using var bench = await CreateAsync();
        var message = (await bench.AnnounceAsync("https://media.example/video.mp4")).ToMessage();

        Assert.True(await SettleAsync(bench, QueueNames.AssetDownloads, message, AssetMessage.Read));

        Assert.Equal([nameof(DeadLetterReason.Gone)], _actions.Reasons);
        Assert.Contains(
            $"asset-downloads: dead letter of geminigen {bench.Key.WebhookId}, job {bench.JobId}, asset video: Gone. It is gone.",
            Line().Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_line_about_a_dead_lettered_event_names_the_event_although_its_provider_cannot_interpret_it()
    {
        await using var bench = await CreateAsync();
        bench.Provider.Interpretation = _ => throw new InvalidOperationException("A defect.");
        var message = new EventMessage
        {
            Key = bench.Key,
            Coverage = SignatureCoverage.RawBody,
            ReceivedAt = TimeProvider.System.GetUtcNow(),
            Body = BinaryData.FromString("{}"),
        }.ToMessage();

        Assert.True(await SettleAsync(bench, QueueNames.WebhookEvents, message, EventMessage.Read));

        Assert.Equal([nameof(DeadLetterReason.Gone)], _actions.Reasons);
        Assert.Contains($"webhook-events: dead letter of geminigen {bench.Key.WebhookId}, job -, asset -: Gone. It is gone.", Line().Text, StringComparison.Ordinal);
    }

    private Task<AssetBench> CreateAsync() => AssetBench.CreateAsync(
        azurite, replace: services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_logs)));

    private Task<bool> SettleAsync<TMessage>(AssetBench bench, string queue, ServiceBusMessage message, Func<ServiceBusReceivedMessage, TMessage?> read)
        where TMessage : class => bench.Get<MessageSettlement>().RunAsync(
            queue,
            ServiceBusModelFactory.ServiceBusReceivedMessage(message.Body, message.MessageId, properties: message.ApplicationProperties),
            _actions,
            read,
            _ => Task.FromResult<Settlement>(new Settlement.DeadLetter(DeadLetterReason.Gone, "It is gone.")));

    private LogLine Line() => Assert.Single(_logs.Lines, line => line.Level > LogLevel.Debug);

    private sealed class CapturedActions : ServiceBusMessageActions
    {
        public List<string?> Reasons { get; } = [];

        public override Task DeadLetterMessageAsync(
            ServiceBusReceivedMessage message,
            Dictionary<string, object>? propertiesToModify = null,
            string? deadLetterReason = null,
            string? deadLetterErrorDescription = null,
            CancellationToken cancellationToken = default)
        {
            Reasons.Add(deadLetterReason);
            return Task.CompletedTask;
        }
    }
}

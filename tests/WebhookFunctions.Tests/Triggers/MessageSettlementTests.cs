using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.Triggers;

/// <summary>Tests of when a message is settled, and of the line that the log has for each dead letter of the app.</summary>
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

        await SettleAsync(bench, QueueNames.AssetDownloads, message, AssetMessage.Read);

        Assert.Equal([$"dead-letter {DeadLetterReason.Gone}"], _actions.Steps);
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

        await SettleAsync(bench, QueueNames.WebhookEvents, message, EventMessage.Read);

        Assert.Equal([$"dead-letter {DeadLetterReason.Gone}"], _actions.Steps);
        Assert.Contains($"webhook-events: dead letter of geminigen {bench.Key.WebhookId}, job -, asset -: Gone. It is gone.", Line().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_completed_after_the_work_that_its_invocation_takes_over()
    {
        Assert.Equal(["take over", "complete"], await StepsAsync(new Settlement.Complete()));
    }

    [Fact]
    public async Task A_dead_letter_does_not_wait_for_the_work_that_its_invocation_takes_over()
    {
        Assert.Equal([$"dead-letter {DeadLetterReason.Gone}", "take over"], await StepsAsync(new Settlement.DeadLetter(DeadLetterReason.Gone, "It is gone.")));
    }

    [Fact]
    public async Task An_invocation_that_leaves_its_message_locked_takes_nothing_over()
    {
        Assert.Empty(await StepsAsync(new Settlement.LeaveLocked()));
    }

    [Fact]
    public async Task An_invocation_whose_dead_letter_was_refused_takes_nothing_over()
    {
        _actions.Failure = new InvalidOperationException("The lock was lost.");

        Assert.Empty(await StepsAsync(new Settlement.DeadLetter(DeadLetterReason.Gone, "It is gone.")));

        Assert.Contains("was not settled", Line().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_settlement_that_fails_during_an_outage_of_the_broker_has_no_line_of_its_own()
    {
        _actions.Failure = new InvalidOperationException("The broker is gone.");
        await using var bench = await CreateAsync();
        bench.Get<Outages>().Broker.Failed("gone");

        await StepsAsync(bench, new Settlement.Complete());
        await StepsAsync(bench, new Settlement.Complete());

        Assert.StartsWith("The broker is unavailable (gone)", Line().Text.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_must_be_redelivered_is_not_completed()
    {
        Assert.Equal(["take over"], await StepsAsync(new Settlement.Complete(), mayBeCompleted: false));
    }

    private async Task<IReadOnlyList<string>> StepsAsync(Settlement outcome, bool mayBeCompleted = true)
    {
        await using var bench = await CreateAsync();
        return await StepsAsync(bench, outcome, mayBeCompleted);
    }

    private async Task<IReadOnlyList<string>> StepsAsync(AssetBench bench, Settlement outcome, bool mayBeCompleted = true)
    {
        bench.NewEvent();
        await bench.Get<MessageSettlement>().RunAsync(
            QueueNames.AssetDownloads,
            Received((await bench.AnnounceAsync("https://media.example/video.mp4")).ToMessage()),
            _actions,
            AssetMessage.Read,
            _ => Task.FromResult(outcome),
            () =>
            {
                _actions.Steps.Add("take over");
                return Task.FromResult(mayBeCompleted);
            });
        return _actions.Steps;
    }

    private static ServiceBusReceivedMessage Received(ServiceBusMessage message) =>
        ServiceBusModelFactory.ServiceBusReceivedMessage(message.Body, message.MessageId, properties: message.ApplicationProperties);

    private Task<AssetBench> CreateAsync() => AssetBench.CreateAsync(
        azurite, replace: services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_logs)));

    private Task SettleAsync<TMessage>(AssetBench bench, string queue, ServiceBusMessage message, Func<ServiceBusReceivedMessage, TMessage?> read)
        where TMessage : class => bench.Get<MessageSettlement>().RunAsync(
            queue,
            Received(message),
            _actions,
            read,
            _ => Task.FromResult<Settlement>(new Settlement.DeadLetter(DeadLetterReason.Gone, "It is gone.")));

    private LogLine Line() => Assert.Single(_logs.Lines, line => line.Level > LogLevel.Debug);

    private sealed class CapturedActions : ServiceBusMessageActions
    {
        public List<string> Steps { get; } = [];

        /// <summary>Gets or sets an exception that every settlement throws; null for none.</summary>
        public Exception? Failure { get; set; }

        public override Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) => Settle("complete");

        public override Task DeadLetterMessageAsync(
            ServiceBusReceivedMessage message,
            Dictionary<string, object>? propertiesToModify = null,
            string? deadLetterReason = null,
            string? deadLetterErrorDescription = null,
            CancellationToken cancellationToken = default) => Settle($"dead-letter {deadLetterReason}");

        private Task Settle(string step)
        {
            if (Failure is { } failure)
            {
                return Task.FromException(failure);
            }

            Steps.Add(step);
            return Task.CompletedTask;
        }
    }
}

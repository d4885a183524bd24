using EmbeddedServiceBus;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Tests.Broker;

public sealed class EmbeddedBrokerTests : BrokerSuite
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    protected override DateTimeOffset Now => clock.GetUtcNow();

    protected override Task<IServiceBusBroker> OpenAsync() =>
        Task.FromResult<IServiceBusBroker>(EmbeddedBroker.Open(new BrokerOptions { Queues = Queues, TimeProvider = clock }));

    protected override void Advance(TimeSpan time) => clock.Advance(time);
}

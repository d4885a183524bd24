using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>Tests of connections and links of the .NET SDK: many of them, idle ones, and unauthorized ones.</summary>
public sealed class ConnectionTests
{
    /// <summary>By default the SDK retries an unauthorized call for 11 seconds.</summary>
    private static readonly ServiceBusClientOptions BriefRetries = new()
    {
        RetryOptions = new ServiceBusRetryOptions { MaxRetries = 2, Delay = TimeSpan.FromMilliseconds(10), Mode = ServiceBusRetryMode.Fixed },
    };

    private static CancellationToken Cancellation => SdkBench.Cancellation;

    [Fact]
    public async Task Two_hundred_links_of_one_connection_each_get_a_message()
    {
        const int Links = 200;
        await using var bench = SdkBench.Open();
        var waiting = Enumerable.Range(0, Links).Select(_ => bench.Receiver().ReceiveOneAsync()).ToList();

        await bench.SendAsync(Enumerable.Range(0, Links).Select(i => $"{i}"));

        var received = await Task.WhenAll(waiting);
        Assert.Equal(Enumerable.Range(0, Links), received.Select(message => int.Parse(message.Body.ToString(), null)).Order());
        Assert.All(received, message => Assert.Equal(1, message.DeliveryCount));
    }

    [Fact]
    public async Task Fifty_connections_send_and_receive_at_once()
    {
        const int Connections = 50;
        await using var bench = SdkBench.Open();

        var received = await Task.WhenAll(Enumerable.Range(0, Connections).Select(async i =>
        {
            var client = bench.Connect();
            await client.CreateSender(SdkBench.Queue).SendMessageAsync(new ServiceBusMessage($"{i}"), Cancellation);
            var receiver = client.CreateReceiver(SdkBench.Queue);
            var message = await receiver.ReceiveOneAsync();
            await receiver.CompleteMessageAsync(message, Cancellation);
            return int.Parse(message.Body.ToString(), null);
        }));

        Assert.Equal(Enumerable.Range(0, Connections), received.Order());
        Assert.Equal(default, await bench.CountsAsync());
    }

    [Theory]
    [InlineData("SharedAccessKey=SAS_KEY_VALUE", "SharedAccessKey=other")]
    [InlineData("SharedAccessKeyName=RootManageSharedAccessKey", "SharedAccessKeyName=other")]
    public async Task A_client_with_another_key_is_unauthorized(string right, string wrong)
    {
        await using var bench = SdkBench.Open();
        var client = bench.Connect(BriefRetries, bench.ConnectionString.Replace(right, wrong, StringComparison.Ordinal));

        await Assert.ThrowsAsync<UnauthorizedAccessException>(
            () => client.CreateSender(SdkBench.Queue).SendMessageAsync(new ServiceBusMessage("a"), Cancellation));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(
            () => client.CreateReceiver(SdkBench.Queue).ReceiveMessageAsync(cancellationToken: Cancellation));
        Assert.Equal(0, (await bench.CountsAsync()).Active);
    }

    [Fact]
    public async Task A_client_whose_token_has_expired_is_unauthorized()
    {
        await using var bench = SdkBench.Open(out var clock);
        var lifetime = TimeSpan.FromMinutes(30);
        var client = bench.Connect(BriefRetries, bench.TokenConnectionString(clock.GetUtcNow() + lifetime));
        var sender = client.CreateSender(SdkBench.Queue);
        await sender.SendMessageAsync(new ServiceBusMessage("before"), Cancellation);

        clock.Advance(lifetime);

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => sender.SendMessageAsync(new ServiceBusMessage("after"), Cancellation));
        Assert.Equal(1, (await bench.CountsAsync()).Active);
    }

    [Fact]
    public async Task A_client_continues_after_three_idle_minutes()
    {
        await using var bench = SdkBench.Open(out var clock);
        await bench.SendAsync("before");
        var receiver = bench.Receiver();
        await receiver.CompleteMessageAsync(await receiver.ReceiveOneAsync(), Cancellation);
        var waiting = receiver.ReceiveOneAsync();

        clock.Advance(TimeSpan.FromMinutes(3));
        await bench.SendAsync("after");

        var message = await waiting;
        Assert.Equal(("after", 1), (message.Body.ToString(), message.DeliveryCount));
        await receiver.CompleteMessageAsync(message, Cancellation);
    }

    /// <summary>
    /// Runs in real time, because AMQP's idle timeout, within which each side must send a frame, does not follow the broker's clock. The SDK's default
    /// is a minute, so the explicit test takes three minutes.
    /// </summary>
    [Fact]
    public Task An_idle_connection_is_kept_alive_through_several_idle_timeouts() => StayIdleAsync(TimeSpan.FromSeconds(1));

    /// <inheritdoc cref="An_idle_connection_is_kept_alive_through_several_idle_timeouts"/>
    [Fact(Explicit = true)]
    public Task An_idle_connection_is_kept_alive_for_three_minutes() => StayIdleAsync(TimeSpan.FromMinutes(1));

    private static async Task StayIdleAsync(TimeSpan idleTimeout)
    {
        await using var bench = SdkBench.Open();
        var receiver = bench.Connect(new ServiceBusClientOptions { ConnectionIdleTimeout = idleTimeout }).CreateReceiver(SdkBench.Queue);
        await receiver.PeekMessageAsync(cancellationToken: TestContext.Current.CancellationToken);
        var before = bench.ConnectedPorts();

        Assert.Null(await receiver.ReceiveMessageAsync(idleTimeout * 3, TestContext.Current.CancellationToken));

        // After a lost connection the SDK would connect from another port.
        Assert.Single(before);
        Assert.Equal(before, bench.ConnectedPorts());
    }
}

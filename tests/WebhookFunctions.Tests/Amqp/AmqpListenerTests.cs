using System.Net;
using System.Net.Sockets;
using System.Text;
using Amqp;
using Amqp.Framing;
using Amqp.Sasl;
using Amqp.Types;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Amqp.Security;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Tests of authentication, of its expiry, and of clients that break the protocol.</summary>
public sealed class AmqpListenerTests : IAsyncLifetime
{
    private const string Queue = "queue";
    private const string Other = "other";

    private const string SdkToken =
        "SharedAccessSignature sr=sb%3A%2F%2Flocalhost%2Fwebhook-events&sig=u6HddVZ2CBw6LQYf%2B93cI65NgMhdkv7flytAQ0unWds%3D"
        + "&se=1795393724&skn=RootManageSharedAccessKey";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private EmbeddedBroker broker = null!;
    private AmqpListener listener = null!;

    private static CancellationToken Cancellation => BoundedTest.Token;

    public ValueTask InitializeAsync()
    {
        broker = EmbeddedBroker.Open(new BrokerOptions
        {
            Queues = [new QueueOptions { Name = Queue }, new QueueOptions { Name = Other }],
            TimeProvider = clock,
        });
        listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = 0, TimeProvider = clock });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        await broker.DisposeAsync();
    }

    [Theory]
    [InlineData("ANONYMOUS")]
    [InlineData("EXTERNAL")]
    [InlineData("MSSBCBS")]
    public async Task A_connection_that_puts_no_token_is_closed_after_twenty_seconds(string mechanism)
    {
        var connection = await ConnectAsync(mechanism);
        var closed = ClosedAsync(connection);
        // After the answer to a link the listener has registered the connection, and started its timer.
        await RequestLinks.AttachAsync(new Session(connection), "$cbs");

        clock.Advance(TimeSpan.FromSeconds(20) - TimeSpan.FromMilliseconds(1));
        Assert.False(closed.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(ErrorCode.UnauthorizedAccess, (await closed.WaitAsync(Bound, Cancellation))?.Condition);
    }

    [Fact]
    public async Task A_link_is_closed_when_its_token_expires()
    {
        var session = new Session(await ConnectAsync("ANONYMOUS"));
        var claims = await RequestLinks.AttachAsync(session, "$cbs");
        Assert.Equal(202, await PutAsync(claims, Queue, TimeSpan.FromMinutes(2)));
        Assert.Equal(202, await PutAsync(claims, Other, TimeSpan.FromMinutes(1)));
        var link = await LinkAttachment.SenderAsync(session, Queue);
        var otherClosed = ClosedAsync(await LinkAttachment.SenderAsync(session, Other));

        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(ErrorCode.UnauthorizedAccess, (await otherClosed.WaitAsync(Bound, Cancellation))?.Condition);
        await link.SendAsync(new Message { BodySection = new Data { Binary = [] } });
    }

    [Fact]
    public async Task A_link_stays_open_while_its_token_is_renewed_in_time()
    {
        var session = new Session(await ConnectAsync("ANONYMOUS"));
        var claims = await RequestLinks.AttachAsync(session, "$cbs");
        await PutAsync(claims, Queue, TimeSpan.FromMinutes(1));
        var link = await LinkAttachment.SenderAsync(session, Queue);
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(202, await PutAsync(claims, Queue, TimeSpan.FromMinutes(1)));

        clock.Advance(TimeSpan.FromSeconds(59));

        await link.SendAsync(new Message { BodySection = new Data { Binary = [] } });
    }

    [Fact]
    public async Task A_token_covers_its_queue_and_the_nodes_below_it()
    {
        var session = new Session(await ConnectAsync("ANONYMOUS"));
        await PutAsync(await RequestLinks.AttachAsync(session, "$cbs"), Queue, TimeSpan.FromMinutes(1));

        await LinkAttachment.SenderAsync(session, Queue);
        await RequestLinks.AttachAsync(session, $"{Queue}/$DeadLetterQueue/$management");
        var exception = await Assert.ThrowsAsync<AmqpException>(() => LinkAttachment.SenderAsync(session, Other));
        Assert.Equal(ErrorCode.UnauthorizedAccess, exception.Error.Condition);
        exception = await Assert.ThrowsAsync<AmqpException>(() => LinkAttachment.SenderAsync(session, $"{Queue}s"));
        Assert.Equal(ErrorCode.UnauthorizedAccess, exception.Error.Condition);
    }

    public static TheoryData<string, string, int> BadTokens { get; } = new()
    {
        { "not a token", "servicebus.windows.net:sastoken", 400 },
        { "SharedAccessSignature ", "servicebus.windows.net:sastoken", 400 },
        { "SharedAccessSignature sr=a&sig=%25%25&se=1&skn=RootManageSharedAccessKey", "servicebus.windows.net:sastoken", 400 },
        { "SharedAccessSignature sr=a&sig=AAAA&se=99999999999&skn=RootManageSharedAccessKey", "servicebus.windows.net:sastoken", 401 },
        { "SharedAccessSignature sr=a&sig=AAAA&se=99999999999&skn=Nobody", "servicebus.windows.net:sastoken", 401 },
        { "eyJhbGciOiJub25lIn0.e30.", "jwt", 400 },
    };

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task A_bad_token_is_refused(string token, string type, int status)
    {
        var claims = await RequestLinks.AttachAsync(new Session(await ConnectAsync("ANONYMOUS")), "$cbs");

        Assert.Equal(status, await PutAsync(claims, token, type, $"sb://localhost/{Queue}"));
    }

    [Fact]
    public async Task A_token_that_is_expired_or_for_another_audience_is_refused()
    {
        var claims = await RequestLinks.AttachAsync(new Session(await ConnectAsync("ANONYMOUS")), "$cbs");

        Assert.Equal(401, await PutAsync(claims, Queue, TimeSpan.Zero));
        Assert.Equal(401, await PutAsync(
            claims, Token(Other, TimeSpan.FromMinutes(1)), "servicebus.windows.net:sastoken", $"sb://localhost/{Queue}"));
    }

    // From createSasTokenProvider(...).getToken("sb://localhost/webhook-events") of @azure/core-amqp, which @azure/service-bus 7.9.5
    // uses.
    [Theory]
    [InlineData(SdkToken, "RootManageSharedAccessKey", "SAS_KEY_VALUE", true)]
    [InlineData(SdkToken, "RootManageSharedAccessKey", "SAS_KEY_VALUE ", false)]
    [InlineData(SdkToken, "rootmanagesharedaccesskey", "SAS_KEY_VALUE", false)]
    public void A_token_of_the_SDK_is_verified(string token, string name, string key, bool isValid)
    {
        var parsed = SharedAccessSignature.Parse(token)!;

        Assert.Equal("webhook-events", parsed.Path);
        Assert.Equal(isValid, parsed.Verify(new SharedAccessKey(name, key), clock.GetUtcNow()) is not null);
    }

    public static TheoryData<byte[]> Garbage { get; } = new(
        [],
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(),
        [.. "AMQP"u8, 0, 1, 0, 0],
        [.. "AMQP"u8, 2, 1, 0, 0],
        [.. "AMQP"u8, 3, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 2, 1, 0, 0],
        [.. "AMQP"u8, 3, 1, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0],
        [.. "AMQP"u8, 3, 1, 0, 0, 0, 0, 0, 16, 2, 1, 0, 0, 0, 0x53, 0x41, 0xd0, 0xff, 0xff, 0xff, 0xff],
        [.. "AMQP"u8, 3, 1, 0, 0, 0, 0, 0, 16, 200, 1, 0, 0, 0, 0x53, 0x41, 0xc0, 0, 0, 0, 0]);

    [Theory]
    [MemberData(nameof(Garbage), DisableDiscoveryEnumeration = true)]
    public async Task A_client_that_breaks_the_protocol_does_not_disturb_others(byte[] sent)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, listener.Port, Cancellation);
        await socket.SendAsync(sent, Cancellation);

        await using var client = new SdkBroker(listener.ConnectionString);
        await client.SendAsync(Queue, [new BrokerMessage { Body = Encoding.UTF8.GetBytes("a") }], Cancellation);

        Assert.Single(await client.PeekAsync(Queue, 0, 10, Cancellation));
    }

    [Fact]
    public async Task A_closed_listener_closes_its_connections_and_frees_its_port()
    {
        var connection = await ConnectAsync("ANONYMOUS");
        var closed = ClosedAsync(connection);
        var port = listener.Port;

        await listener.DisposeAsync();
        await closed.WaitAsync(Bound, Cancellation);

        await using var next = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = port, TimeProvider = clock });
        await using var client = new SdkBroker(next.ConnectionString);
        await client.SendAsync(Queue, [new BrokerMessage()], Cancellation);
    }

    [Fact]
    public void A_port_is_not_shared()
    {
        Assert.Throws<IOException>(() => AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = listener.Port }));
    }

    private async Task<Connection> ConnectAsync(string mechanism)
    {
        var factory = new ConnectionFactory();
        factory.SASL.Profile = new NamedProfile(mechanism);
        return await factory.CreateAsync(new Address("127.0.0.1", listener.Port, scheme: "amqp"), Cancellation);
    }

    private static Task<Error?> ClosedAsync(AmqpObject endpoint)
    {
        var closed = new TaskCompletionSource<Error?>(TaskCreationOptions.RunContinuationsAsynchronously);
        endpoint.AddClosedCallback((_, error) => closed.TrySetResult(error));
        return closed.Task;
    }

    private string Token(string queue, TimeSpan lifetime) =>
        SasToken.Create(SharedAccessKey.Emulator, $"sb://localhost/{queue}", clock.GetUtcNow() + lifetime);

    private Task<int> PutAsync(RequestLinks claims, string queue, TimeSpan lifetime) =>
        PutAsync(claims, Token(queue, lifetime), "servicebus.windows.net:sastoken", $"sb://localhost/{queue}");

    private static async Task<int> PutAsync(RequestLinks claims, string token, string type, string audience)
    {
        var answer = await claims.AskAsync("put-token", token, new Map { ["type"] = type, ["name"] = audience }, Cancellation);
        return (int)answer.ApplicationProperties["status-code"];
    }

    /// <summary>SASL profile that sends only the name of its mechanism.</summary>
    private sealed class NamedProfile(string mechanism) : SaslProfile(mechanism)
    {
        protected override ITransport UpgradeTransport(ITransport transport) => transport;

        protected override DescribedList GetStartCommand(string hostname) => new SaslInit { Mechanism = mechanism, InitialResponse = [] };

        protected override DescribedList OnCommand(DescribedList command) => throw new NotSupportedException();
    }
}

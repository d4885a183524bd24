using System.Runtime.Serialization;
using System.Text;
using Azure.Messaging.ServiceBus;
using Grpc.Core;
using Microsoft.Azure.Amqp;
using Microsoft.Azure.Amqp.Encoding;
using Microsoft.Azure.Functions.Worker;

namespace WebhookFunctions.Tests.Worker;

/// <summary>Tests of the settlement of messages through the host. They check the path and the bytes of each call, which the real host reads.</summary>
public sealed class ServiceBusMessageActionsTests : IAsyncLifetime
{
    private const string Token = "0f8fad5b-d9cb-469f-a165-70867728950e";

    private static readonly ServiceBusReceivedMessage Message = ServiceBusModelFactory.ServiceBusReceivedMessage(lockTokenGuid: Guid.Parse(Token));

    private static readonly Dictionary<string, object> PropertyValues = new()
    {
        ["text"] = "späť",
        ["int"] = -7,
        ["long"] = long.MaxValue,
        ["double"] = 0.5,
        ["bool"] = true,
        ["guid"] = Guid.Parse(Token),
        ["time"] = new DateTime(2026, 11, 26, 12, 0, 0, DateTimeKind.Utc),
    };

    private SettlementServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await SettlementServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Complete_sends_the_lock_token()
    {
        await RunAsync(actions => actions.CompleteMessageAsync(Message));

        Assert.Equal("/Settlement/Complete", _server.Only.Path);
        Assert.Equal(Field(1, Token), _server.Only.Message);
    }

    [Fact]
    public async Task Renew_sends_the_lock_token()
    {
        await RunAsync(actions => actions.RenewMessageLockAsync(Message));

        Assert.Equal("/Settlement/RenewMessageLock", _server.Only.Path);
        Assert.Equal(Field(1, Token), _server.Only.Message);
    }

    [Fact]
    public async Task Abandon_without_properties_sends_only_the_lock_token()
    {
        await RunAsync(actions => actions.AbandonMessageAsync(Message));

        Assert.Equal("/Settlement/Abandon", _server.Only.Path);
        Assert.Equal(Field(1, Token), _server.Only.Message);
    }

    [Fact]
    public async Task Abandon_sends_the_properties_as_an_AMQP_map()
    {
        await RunAsync(actions => actions.AbandonMessageAsync(Message, PropertyValues));

        Assert.Equal("/Settlement/Abandon", _server.Only.Path);
        Assert.Equal(PropertyValues, Map(After(Field(1, Token), 2)));
    }

    [Fact]
    public async Task Defer_sends_the_properties_as_an_AMQP_map()
    {
        await RunAsync(actions => actions.DeferMessageAsync(Message, PropertyValues));

        Assert.Equal("/Settlement/Defer", _server.Only.Path);
        Assert.Equal(PropertyValues, Map(After(Field(1, Token), 2)));
    }

    [Fact]
    public async Task Dead_letter_sends_reason_and_description()
    {
        await RunAsync(actions => actions.DeadLetterMessageAsync(Message, deadLetterReason: "Permanent", deadLetterErrorDescription: "404"));

        Assert.Equal("/Settlement/Deadletter", _server.Only.Path);
        Assert.Equal([.. Field(1, Token), .. Field(3, Field(1, "Permanent")), .. Field(4, Field(1, "404"))], _server.Only.Message);
    }

    [Fact]
    public async Task Dead_letter_without_a_reason_differs_from_an_empty_reason()
    {
        await RunAsync(actions => actions.DeadLetterMessageAsync(Message, deadLetterReason: ""));

        Assert.Equal([.. Field(1, Token), .. Field(3, [])], _server.Only.Message);
    }

    [Fact]
    public async Task Dead_letter_sends_the_properties_as_an_AMQP_map()
    {
        await RunAsync(actions => actions.DeadLetterMessageAsync(Message, PropertyValues));

        Assert.Equal(PropertyValues, Map(After(Field(1, Token), 2)));
    }

    [Fact]
    public async Task Types_that_Service_Bus_defines_have_its_names()
    {
        var time = new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.FromHours(2));
        using var stream = new MemoryStream([1, 2, 3]);

        await RunAsync(actions => actions.AbandonMessageAsync(
            Message,
            new Dictionary<string, object>
            {
                ["uri"] = new Uri("https://example.com/ä"),
                ["time"] = time,
                ["span"] = TimeSpan.FromSeconds(3),
                ["bytes"] = stream,
            }));

        var map = Map(After(Field(1, Token), 2));
        Assert.Equal(("com.microsoft:uri", "https://example.com/%C3%A4"), Described(map["uri"]));
        Assert.Equal(("com.microsoft:datetime-offset", time.UtcTicks), Described(map["time"]));
        Assert.Equal(("com.microsoft:timespan", TimeSpan.TicksPerSecond * 3), Described(map["span"]));
        Assert.Equal(new byte[] { 1, 2, 3 }, Assert.IsType<ArraySegment<byte>>(map["bytes"]).ToArray());
    }

    [Fact]
    public async Task A_property_of_a_type_that_AMQP_lacks_is_refused_before_anything_is_sent() =>
        await Assert.ThrowsAsync<SerializationException>(() => RunAsync(
            actions => actions.AbandonMessageAsync(Message, new Dictionary<string, object> { ["list"] = new List<int>() })));

    [Fact]
    public async Task An_error_of_the_host_is_an_exception_with_its_status()
    {
        _server.Status = (int)StatusCode.Internal;

        var exception = await Assert.ThrowsAsync<RpcException>(() => RunAsync(actions => actions.CompleteMessageAsync(Message)));

        Assert.Equal(StatusCode.Internal, exception.StatusCode);
    }

    [Theory]
    [InlineData("Functions:Worker:GrpcMaxMessageLength")]
    [InlineData("grpcMaxMessageLength")]
    public async Task A_message_above_the_host_s_limit_is_not_sent(string setting)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(
            () => RunAsync(actions => actions.CompleteMessageAsync(Message), KeyValuePair.Create<string, string?>(setting, "16")));

        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
    }

    [Fact]
    public async Task The_address_of_an_older_host_comes_from_HOST_and_PORT()
    {
        await using var worker = SettlementServer.WorkerWith([new("HOST", _server.Address.Host), new("PORT", $"{_server.Address.Port}")]);

        await (await ActionsAsync(worker)).CompleteMessageAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal("/Settlement/Complete", _server.Only.Path);
    }

    [Fact]
    public async Task The_error_for_an_invalid_address_of_the_host_contains_it()
    {
        await using var worker = SettlementServer.WorkerWith([new("Functions:Worker:HostEndpoint", "not a URI")]);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => ActionsAsync(worker));

        Assert.Contains("'not a URI'", failure.Message, StringComparison.Ordinal);
    }

    private async Task RunAsync(Func<ServiceBusMessageActions, Task> settle, params KeyValuePair<string, string?>[] settings)
    {
        await using var worker = _server.Worker(settings);
        await settle(await ActionsAsync(worker));
    }

    private static async Task<ServiceBusMessageActions> ActionsAsync(IServiceProvider worker) =>
        Assert.IsType<ServiceBusMessageActions>((await BindingConverter.ConvertAsync(typeof(ServiceBusMessageActions), worker)).Value);

    private static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int number, byte[] content) => [(byte)((number << 3) | 2), checked((byte)content.Length), .. content];

    // The content of the last field, whose length is a varint of one or two bytes.
    private byte[] After(byte[] start, int number)
    {
        var message = _server.Only.Message;
        Assert.Equal([.. start, (byte)((number << 3) | 2)], message[..(start.Length + 1)]);
        var rest = message[(start.Length + 1)..];
        var (length, header) = rest[0] < 128 ? (rest[0], 1) : ((rest[0] & 127) | (rest[1] << 7), 2);
        Assert.Equal(rest.Length - header, length);
        return rest[header..];
    }

    private static Dictionary<string, object> Map(byte[] encoded)
    {
        using var buffer = new ByteBuffer(encoded, 0, encoded.Length);
        return AmqpCodec.DecodeMap(buffer).ToDictionary(entry => (string)entry.Key.Key, entry => entry.Value);
    }

    private static (string, object) Described(object value)
    {
        var described = Assert.IsType<DescribedType>(value);
        return (Assert.IsType<AmqpSymbol>(described.Descriptor).Value, described.Value);
    }
}

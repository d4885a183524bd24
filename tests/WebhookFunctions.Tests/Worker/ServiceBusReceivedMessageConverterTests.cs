using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Tests.Worker;

/// <summary>Tests of the conversion of the host's binding data, which consists of the 16 bytes of the lock token and the AMQP message.</summary>
public sealed class ServiceBusReceivedMessageConverterTests
{
    private const string Source = "AzureServiceBusReceivedMessage";
    private const string Binary = "application/octet-stream";

    private static readonly Guid LockToken = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");

    [Fact]
    public async Task A_message_has_its_body_its_properties_its_lock_and_the_brokers_annotations()
    {
        var sent = new ServiceBusMessage(BinaryData.FromBytes([0, 255, 10])) { MessageId = "sync:1", ContentType = "application/json" };
        sent.ApplicationProperties["attempt"] = 3;
        var raw = sent.GetRawAmqpMessage();
        raw.Header.DeliveryCount = 2;
        raw.MessageAnnotations["x-opt-sequence-number"] = 17L;

        var result = await ConvertAsync(new Binding(Source, Binary, Content(raw.ToBytes())));

        var message = Assert.IsType<ServiceBusReceivedMessage>(result.Value);
        Assert.Equal([0, 255, 10], message.Body.ToArray());
        Assert.Equal("sync:1", message.MessageId);
        Assert.Equal("application/json", message.ContentType);
        Assert.Equal(3, message.ApplicationProperties["attempt"]);
        Assert.Equal(LockToken.ToString(), message.LockToken);
        Assert.Equal(2, message.DeliveryCount);
        Assert.Equal(17, message.SequenceNumber);
    }

    [Fact]
    public async Task A_batch_is_an_array_in_the_order_of_the_host()
    {
        var result = await ConvertAsync(new Batch([Message("1"), Message("2")]));

        Assert.Equal(["1", "2"], Assert.IsType<ServiceBusReceivedMessage[]>(result.Value).Select(message => message.MessageId));
    }

    [Theory]
    [InlineData("AzureStorageBlobs", Binary)]
    [InlineData(Source, "application/json")]
    public async Task Binding_data_of_another_kind_fails_with_both_kinds_named(string source, string contentType)
    {
        var result = await ConvertAsync(new Binding(source, contentType, Content(new ServiceBusMessage("x").GetRawAmqpMessage().ToBytes())));

        Assert.Equal(ConversionStatus.Failed, result.Status);
        Assert.Contains(source == Source ? contentType : source, result.Error!.Message, StringComparison.Ordinal);
        Assert.Contains(source == Source ? Binary : Source, result.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public async Task Binding_data_shorter_than_a_lock_token_fails(int length)
    {
        var whole = Content(new ServiceBusMessage("x").GetRawAmqpMessage().ToBytes());

        var result = await ConvertAsync(new Binding(Source, Binary, BinaryData.FromBytes(whole.ToMemory()[..length])));

        Assert.Equal(ConversionStatus.Failed, result.Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{ "body": "JSON, as a host without support for binding data sends it" }""")]
    public async Task Anything_else_is_left_to_the_next_converter(string? source) =>
        Assert.Equal(ConversionStatus.Unhandled, (await ConvertAsync(source)).Status);

    private static async Task<ConversionResult> ConvertAsync(object? source)
    {
        await using var none = new ServiceCollection().BuildServiceProvider();
        return await BindingConverter.ConvertAsync(typeof(ServiceBusTriggerAttribute), none, source);
    }

    private static Binding Message(string id) => new(Source, Binary, Content(new ServiceBusMessage("x") { MessageId = id }.GetRawAmqpMessage().ToBytes()));

    private static BinaryData Content(BinaryData message) => BinaryData.FromBytes([.. LockToken.ToByteArray(), .. message.ToArray()]);

    private sealed class Binding(string source, string contentType, BinaryData content) : ModelBindingData
    {
        public override string Version => "1.0";

        public override string Source => source;

        public override BinaryData Content => content;

        public override string ContentType => contentType;
    }

    private sealed class Batch(Binding[] bindings) : CollectionModelBindingData
    {
        public override ModelBindingData[] ModelBindingData { get; } = [.. bindings];
    }
}

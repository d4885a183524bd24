using Azure.Core.Amqp;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Converter that turns the host's binding data into a message, or into an array of them for a batch.</summary>
[SupportsDeferredBinding]
[SupportedTargetType(typeof(ServiceBusReceivedMessage))]
[SupportedTargetType(typeof(ServiceBusReceivedMessage[]))]
internal sealed class ServiceBusReceivedMessageConverter : IInputConverter
{
    private const string Source = "AzureServiceBusReceivedMessage";

    private const string ContentType = "application/octet-stream";

    // The content is the lock token (a GUID in the byte order of Guid.ToByteArray), followed by the AMQP message.
    private const int LockTokenLength = 16;

    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        try
        {
            return ValueTask.FromResult(context.Source switch
            {
                ModelBindingData single => ConversionResult.Success(Message(single)),
                CollectionModelBindingData batch => ConversionResult.Success(Array.ConvertAll(batch.ModelBindingData, Message)),
                _ => ConversionResult.Unhandled(),
            });
        }
        catch (Exception exception)
        {
            return ValueTask.FromResult(ConversionResult.Failed(exception));
        }
    }

    private static ServiceBusReceivedMessage Message(ModelBindingData binding)
    {
        if (binding.Source != Source)
        {
            throw new InvalidOperationException($"Binding data of source '{binding.Source}' is not a Service Bus message. The source must be '{Source}'.");
        }

        if (binding.ContentType != ContentType)
        {
            throw new InvalidOperationException($"The content type of a Service Bus message must be '{ContentType}', not '{binding.ContentType}'.");
        }

        var content = binding.Content.ToMemory();
        return ServiceBusReceivedMessage.FromAmqpMessage(
            AmqpAnnotatedMessage.FromBytes(BinaryData.FromBytes(content[LockTokenLength..])), BinaryData.FromBytes(content[..LockTokenLength]));
    }
}

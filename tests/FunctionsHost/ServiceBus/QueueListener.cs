using Azure.Messaging.ServiceBus;
using FunctionsHost.Functions;
using FunctionsHost.Hosting;
using FunctionsHost.Rpc;
using Google.Protobuf;
using Microsoft.Extensions.Logging;

namespace FunctionsHost.ServiceBus;

/// <summary>
/// Listener that runs a function for each message of a queue. host.json limits the concurrent calls, and the SDK renews the locks. If the function
/// fails, the message is abandoned at once. A message that the function did not settle is completed if the trigger has auto-complete, and otherwise
/// stays locked until the lock expires.
/// </summary>
internal sealed partial class QueueListener : IAsyncDisposable
{
    private const int LockTokenLength = 16;

    // A receive call that re-attaches its link after an interruption of the broker ignores its cancellation for up to a minute. It holds no message.
    private static readonly TimeSpan MaxStopTime = TimeSpan.FromSeconds(2);

    private readonly FunctionDescription _function;
    private readonly FunctionInvoker _invoker;
    private readonly HeldMessages _messages;
    private readonly ILogger _logger;
    private readonly ServiceBusClient _client;
    private readonly ServiceBusProcessor _processor;
    private readonly TaskCompletionSource _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _leavesLocked;

    /// <exception cref="FunctionsHostException">The trigger's connection is not a connection string.</exception>
    public QueueListener(
        FunctionDescription function,
        ServiceBusTrigger trigger,
        HostJson hostJson,
        IReadOnlyDictionary<string, string> settings,
        FunctionInvoker invoker,
        HeldMessages messages,
        ILoggerFactory loggers)
    {
        (_function, _invoker, _messages) = (function, invoker, messages);
        _logger = loggers.CreateLogger<QueueListener>();
        _client = Connect(function, trigger, settings);
        _processor = _client.CreateProcessor(trigger.Queue, new ServiceBusProcessorOptions
        {
            AutoCompleteMessages = trigger.AutoComplete ?? hostJson.AutoCompleteMessages,
            MaxAutoLockRenewalDuration = hostJson.MaxAutoLockRenewalDuration,
            MaxConcurrentCalls = hostJson.MaxConcurrentCalls,
            PrefetchCount = hostJson.PrefetchCount,
        });
        _processor.ProcessMessageAsync += ProcessAsync;
        _processor.ProcessErrorAsync += ReportAsync;
    }

    public Task StartAsync(CancellationToken cancellationToken) => _processor.StartProcessingAsync(cancellationToken);

    /// <summary>Receives nothing more, and completes when the running functions have ended.</summary>
    public Task StopAsync() => _processor.StopProcessingAsync();

    /// <summary>Leaves the messages of failed functions locked from now on: they fail only because this host stops.</summary>
    public void LeaveMessagesLocked() => _leavesLocked = true;

    /// <summary>Disconnects. Unsettled messages stay locked, as when the Functions host ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _leavesLocked = true;
        await _client.DisposeAsync();
        _disconnected.TrySetResult();
        await Task.WhenAny(_processor.DisposeAsync().AsTask(), Task.Delay(MaxStopTime));
    }

    private static ServiceBusClient Connect(FunctionDescription function, ServiceBusTrigger trigger, IReadOnlyDictionary<string, string> settings)
    {
        // The Functions host tries the longer name first.
        if ((settings.GetValueOrDefault($"AzureWebJobs{trigger.Connection}") ?? settings.GetValueOrDefault(trigger.Connection)) is not { Length: > 0 } connection)
        {
            throw new FunctionsHostException($"Function {function.Name}: setting {trigger.Connection}, the connection string of Service Bus, is missing.");
        }

        try
        {
            return new ServiceBusClient(connection);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            // The SDK's message may contain the value.
            throw new FunctionsHostException($"Function {function.Name}: setting {trigger.Connection} is not a connection string of Service Bus.");
        }
    }

    private async Task ProcessAsync(ProcessMessageEventArgs message)
    {
        _messages.Add(message);
        try
        {
            var result = await _invoker.Begin(_function, Data(message.Message), [], CancellationToken.None).Result;
            if (!result.Succeeded)
            {
                if (_leavesLocked)
                {
                    await _disconnected.Task;
                }

                // The exception makes the SDK abandon the message.
                throw new FunctionFailedException(result.Error);
            }
        }
        finally
        {
            _messages.Remove(message);
        }
    }

    // Returns a message in the format of the Functions extension: the lock token, then the message in AMQP form.
    private static TypedData Data(ServiceBusReceivedMessage message)
    {
        var bytes = message.GetRawAmqpMessage().ToBytes().ToMemory();
        var content = new byte[LockTokenLength + bytes.Length];
        Guid.Parse(message.LockToken).TryWriteBytes(content);
        bytes.CopyTo(content.AsMemory(LockTokenLength));
        return new TypedData
        {
            ModelBindingData = new ModelBindingData
            {
                Version = "1.0",
                Source = "AzureServiceBusReceivedMessage",
                ContentType = "application/octet-stream",
                Content = UnsafeByteOperations.UnsafeWrap(content),
            },
        };
    }

    private Task ReportAsync(ProcessErrorEventArgs error)
    {
        // Failed invocations are logged already, and the SDK retries transient errors.
        if (error.Exception is not FunctionFailedException && !_leavesLocked)
        {
            var level = error.Exception is ServiceBusException { IsTransient: true } or OperationCanceledException ? LogLevel.Information : LogLevel.Error;
            Log.Failed(_logger, level, error.EntityPath, error.ErrorSource, error.Exception);
        }

        return Task.CompletedTask;
    }

    private sealed class FunctionFailedException(string message) : Exception(message);

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Message = "Queue {Queue}: {Action} failed")]
        public static partial void Failed(ILogger logger, LogLevel level, string queue, ServiceBusErrorSource action, Exception exception);
    }
}

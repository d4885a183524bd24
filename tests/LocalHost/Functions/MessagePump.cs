using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using LocalHost.Hosting;
using LocalHost.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LocalHost.Functions;

/// <summary>
/// Runs a function with a <see cref="ServiceBusTriggerAttribute"/> for each message of its queue, up to <c>maxConcurrentCalls</c> of
/// host.json at once. A lock is renewed while the function runs. A message is completed after the function where the trigger says so,
/// abandoned at once where the function throws, and left to the end of its lock where the function settles nothing.
/// </summary>
internal sealed partial class MessagePump : BackgroundService
{
    // Between attempts to reach a broker that is away. Not by the host's clock, which a test may have stopped.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // The SDK renews this long before a lock ends, or halfway where that is sooner.
    private static readonly TimeSpan RenewalMargin = TimeSpan.FromSeconds(10);

    private readonly DiscoveredFunction _function;
    private readonly FunctionInvoker _invoker;
    private readonly string _queue;
    private readonly bool _completes;
    private readonly HostJson _hostJson;
    private readonly IServiceBusBroker _broker;
    private readonly IServiceScopeFactory _scopes;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _slots;

    public MessagePump(
        DiscoveredFunction function,
        HostJson hostJson,
        IServiceBusBroker broker,
        IConfiguration configuration,
        IServiceScopeFactory scopes,
        TimeProvider clock,
        ILogger<MessagePump> logger)
    {
        var trigger = (ServiceBusTriggerAttribute)function.Trigger;
        if (trigger.QueueName is null || trigger.IsBatched || trigger.IsSessionsEnabled)
        {
            throw new LocalHostException($"Function {function.Name}: this host has queues only, without sessions, one message at a time.");
        }

        _function = function;
        _invoker = new FunctionInvoker(function, typeof(ServiceBusReceivedMessage), typeof(ServiceBusMessageActions));
        _queue = SettingReference.Resolve(trigger.QueueName, configuration);
        _completes = AutoComplete(function) ?? hostJson.AutoCompleteMessages;
        _hostJson = hostJson;
        _broker = broker;
        _scopes = scopes;
        _clock = clock;
        _logger = logger;
        _slots = new SemaphoreSlim(hostJson.MaxConcurrentCalls);
    }

    public override void Dispose()
    {
        base.Dispose();
        _slots.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the thread that starts the host.
        await Task.Yield();
        try
        {
            while (true)
            {
                var free = await TakeSlotsAsync(stoppingToken);
                var messages = await ReceiveAsync(free, stoppingToken);
                if (messages.Count < free)
                {
                    _slots.Release(free - messages.Count);
                }

                foreach (var message in messages)
                {
                    _ = RunAsync(message, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops: what runs is told, and awaited for as long as the host is given.
            for (var i = 0; i < _hostJson.MaxConcurrentCalls; i++)
            {
                await _slots.WaitAsync(CancellationToken.None);
            }
        }
    }

    private static bool? AutoComplete(DiscoveredFunction function) => function.TriggerParameter.CustomAttributes
        .Single(attribute => attribute.AttributeType == typeof(ServiceBusTriggerAttribute))
        .NamedArguments.Where(argument => argument.MemberName == nameof(ServiceBusTriggerAttribute.AutoCompleteMessages))
        .Select(argument => (bool?)argument.TypedValue.Value)
        .FirstOrDefault();

    private async Task<int> TakeSlotsAsync(CancellationToken stoppingToken)
    {
        await _slots.WaitAsync(stoppingToken);
        var taken = 1;
        while (_slots.Wait(TimeSpan.Zero, CancellationToken.None))
        {
            taken++;
        }

        return taken;
    }

    /// <summary>None where the broker is away; the slots are the caller's to give back, but for a stop.</summary>
    private async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int free, CancellationToken stoppingToken)
    {
        try
        {
            return await _broker.ReceiveAsync(_queue, free, Timeout.InfiniteTimeSpan, cancellationToken: stoppingToken);
        }
        catch (BrokerException away) when (away.IsTransient)
        {
            Log.Away(_logger, _queue, away);
            await Task.Delay(Pause, CancellationToken.None);
            return [];
        }
        catch (OperationCanceledException)
        {
            _slots.Release(free);
            throw;
        }
    }

    // Never throws: nobody awaits it.
    private async Task RunAsync(ReceivedMessage received, CancellationToken stoppingToken)
    {
        using var ended = new CancellationTokenSource();
        var renewal = RenewAsync(received, ended.Token);
        try
        {
            await InvokeAsync(received.ToReceived(), stoppingToken);
        }
        catch (Exception failure)
        {
            Log.NotSettled(_logger, _function.Name, received.SequenceNumber, failure);
        }
        finally
        {
            await ended.CancelAsync();
            await renewal;
            _slots.Release();
        }
    }

    private async Task InvokeAsync(ServiceBusReceivedMessage message, CancellationToken stoppingToken)
    {
        var actions = new EmbeddedMessageActions(_broker, _queue);
        using var timeout = new CancellationTokenSource(_hostJson.FunctionTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stoppingToken);
        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            await _invoker.InvokeAsync(
                new Invocation(_function, scope.ServiceProvider, either.Token),
                new Dictionary<Type, object>
                {
                    [typeof(ServiceBusReceivedMessage)] = message,
                    [typeof(ServiceBusMessageActions)] = actions,
                });
        }
        catch (Exception failure)
        {
            Log.Threw(_logger, _function.Name, message.SequenceNumber, failure);
            if (!actions.HasSettled(message))
            {
                await actions.AbandonMessageAsync(message, cancellationToken: CancellationToken.None);
            }

            return;
        }

        if (_completes && !actions.HasSettled(message))
        {
            await actions.CompleteMessageAsync(message, CancellationToken.None);
        }
    }

    // Never throws: a lock that can't be renewed is lost, which the function learns when it settles.
    private async Task RenewAsync(ReceivedMessage received, CancellationToken ended)
    {
        var last = _clock.GetUtcNow() + _hostJson.MaxAutoLockRenewalDuration;
        var lockedUntil = received.LockedUntil!.Value;
        try
        {
            while (true)
            {
                var left = lockedUntil - _clock.GetUtcNow();
                var delay = left - TimeSpan.FromTicks(Math.Min(left.Ticks / 2, RenewalMargin.Ticks));
                await Task.Delay(delay < Pause ? Pause : delay, _clock, ended);
                if (_clock.GetUtcNow() >= last)
                {
                    return;
                }

                try
                {
                    lockedUntil = await _broker.RenewLockAsync(_queue, received.LockToken!.Value, ended);
                }
                catch (BrokerException away) when (away.IsTransient)
                {
                    Log.Away(_logger, _queue, away);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The function has ended.
        }
        catch (BrokerException lost)
        {
            // Settled meanwhile, or too late.
            Log.NotRenewed(_logger, _function.Name, received.SequenceNumber, lost.Reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Function {Function} threw on message {SequenceNumber}, which is abandoned")]
        public static partial void Threw(ILogger logger, string function, long sequenceNumber, Exception failure);

        [LoggerMessage(2, LogLevel.Warning, "Message {SequenceNumber} of function {Function} was not settled")]
        public static partial void NotSettled(ILogger logger, string function, long sequenceNumber, Exception failure);

        [LoggerMessage(3, LogLevel.Debug, "Queue {Queue} can't be reached")]
        public static partial void Away(ILogger logger, string queue, Exception failure);

        [LoggerMessage(4, LogLevel.Debug, "The lock of message {SequenceNumber} of function {Function} was not renewed: {Reason}")]
        public static partial void NotRenewed(ILogger logger, string function, long sequenceNumber, BrokerErrorReason reason);
    }
}

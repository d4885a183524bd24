using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;
using LocalHost.Functions;
using LocalHost.Hosting;
using LocalHost.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.LocalHosting;

/// <summary>Messages start functions as the Functions host has them do.</summary>
public sealed class MessagePumpTests : IAsyncDisposable
{
    private const string Queue = "queue";
    private static readonly TimeSpan Lock = TimeSpan.FromMinutes(1);

    private readonly CountingClock _clock = new();
    private readonly EmbeddedBroker _messages;
    private readonly InterruptibleBroker _broker;
    private readonly ServiceProvider _services;
    private readonly Script _script = new();

    public MessagePumpTests()
    {
        _messages = EmbeddedBroker.Open(new BrokerOptions
        {
            Queues = [new QueueOptions { Name = Queue, LockDuration = Lock, MaxDeliveryCount = 3 }],
            TimeProvider = _clock,
        });
        _broker = new InterruptibleBroker(_messages);
        _services = new ServiceCollection().AddSingleton(_script).BuildServiceProvider();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _messages.DisposeAsync();
    }

    [Fact]
    public async Task A_message_is_completed_after_a_function_that_leaves_it_to_the_host()
    {
        await using var _ = await StartAsync(nameof(Functions.Completes));

        await SendAsync(1);

        await EmptyAsync();
        Assert.Equal(1, _script.Started);
    }

    [Fact]
    public async Task A_message_is_abandoned_at_once_when_the_function_throws_until_its_deliveries_are_gone()
    {
        _script.Run = (_, _) => throw new InvalidOperationException("As the test wants it.");
        await using var _ = await StartAsync(nameof(Functions.Leaves));

        await SendAsync(1);

        await Eventually.TrueAsync(async () => (await CountsAsync()).DeadLetters == 1, "The dead letter");
        Assert.Equal(3, _script.Started);
    }

    [Fact]
    public async Task A_message_that_the_function_left_comes_back_when_its_lock_ends()
    {
        await using var _ = await StartAsync(nameof(Functions.Leaves));
        await SendAsync(1);
        await Eventually.TrueAsync(() => Task.FromResult(_script.Ended == 1), "The first delivery");
        Assert.Equal(1, (await CountsAsync()).Locked);

        _clock.Advance(Lock);

        await Eventually.TrueAsync(() => Task.FromResult(_script.Started == 2), "The second delivery");
    }

    [Fact]
    public async Task A_message_that_the_function_settled_is_settled_once()
    {
        _script.Run = (message, actions) => actions.DeadLetterMessageAsync(message, deadLetterReason: "Reason");
        await using var _ = await StartAsync(nameof(Functions.Completes));

        await SendAsync(1);

        await Eventually.TrueAsync(async () => (await CountsAsync()) is { DeadLetters: 1, Active: 0 }, "The dead letter");
    }

    [Fact]
    public async Task As_many_run_at_once_as_host_json_says()
    {
        var release = new TaskCompletionSource();
        _script.Run = (_, _) => release.Task;
        await using var _ = await StartAsync(nameof(Functions.Completes));

        await SendAsync(10);
        await Eventually.TrueAsync(() => Task.FromResult(_script.Started == 4), "Four at once");
        Assert.Equal(4, (await CountsAsync()).Locked);
        release.SetResult();

        await EmptyAsync();
        Assert.Equal(10, _script.Started);
        Assert.Equal(4, _script.MostAtOnce);
    }

    [Fact]
    public async Task A_lock_is_renewed_while_the_function_runs()
    {
        var release = new TaskCompletionSource();
        _script.Run = (_, _) => release.Task;
        await using var _ = await StartAsync(nameof(Functions.Completes));
        var timers = _clock.Timers;
        await SendAsync(1);
        await Eventually.TrueAsync(() => Task.FromResult(_script.Started == 1), "The function");

        for (var renewal = 1; renewal <= 10; renewal++)
        {
            // One timer for the function's time limit, and one for each wait for a renewal: only what waits is woken by the clock.
            await Eventually.TrueAsync(() => Task.FromResult(_clock.Timers == timers + 1 + renewal), "The wait for the renewal");
            _clock.Advance(Lock - TimeSpan.FromSeconds(10));
        }

        await Eventually.TrueAsync(() => Task.FromResult(_clock.Timers == timers + 12), "The last renewal");
        release.SetResult();
        await EmptyAsync();
        Assert.Equal(1, _script.Started);
    }

    [Fact]
    public async Task A_stop_tells_the_functions_that_run_and_awaits_them()
    {
        var pump = await StartAsync(nameof(Functions.WaitsForTheStop));
        await SendAsync(1);
        await Eventually.TrueAsync(() => Task.FromResult(_script.Started == 1), "The function");

        await pump.DisposeAsync();

        Assert.Equal(1, _script.Ended);
    }

    [Fact]
    public async Task A_broker_that_was_away_is_received_from_again()
    {
        await using var _ = await StartAsync(nameof(Functions.Completes));
        _broker.IsAway = true;
        await _messages.SendAsync(Queue, [new BrokerMessage()], Cancellation);

        _broker.IsAway = false;

        await EmptyAsync();
    }

    private async Task<IAsyncDisposable> StartAsync(string function)
    {
        var pump = new MessagePump(
            DiscoveredFunction.In(typeof(Functions).Assembly).Single(found => found.Name == function),
            new HostJson { MaxConcurrentCalls = 4, MaxAutoLockRenewalDuration = TimeSpan.FromHours(1), FunctionTimeout = TimeSpan.FromHours(1) },
            _broker,
            new ConfigurationBuilder().Build(),
            _services.GetRequiredService<IServiceScopeFactory>(),
            _clock,
            NullLogger<MessagePump>.Instance);
        await pump.StartAsync(Cancellation);
        return new Running(pump);
    }

    private Task SendAsync(int count) =>
        _messages.SendAsync(Queue, [.. Enumerable.Range(0, count).Select(number => new BrokerMessage { MessageId = $"{number}" })], Cancellation);

    private Task<QueueCounts> CountsAsync() => _messages.GetCountsAsync(Queue, Cancellation);

    private Task EmptyAsync() => Eventually.TrueAsync(async () => await CountsAsync() is { Active: 0, DeadLetters: 0 }, "An empty queue");

    /// <summary>What the functions below do, and how often they did it.</summary>
    public sealed class Script
    {
        private int _started;
        private int _running;
        private int _ended;

        public int Started => Volatile.Read(ref _started);

        public int Ended => Volatile.Read(ref _ended);

        public int MostAtOnce { get; private set; }

        public Func<ServiceBusReceivedMessage, ServiceBusMessageActions, Task> Run { get; set; } = (_, _) => Task.CompletedTask;

        public async Task RunAsync(ServiceBusReceivedMessage message, ServiceBusMessageActions actions)
        {
            lock (this)
            {
                MostAtOnce = Math.Max(MostAtOnce, ++_running);
            }

            Interlocked.Increment(ref _started);
            try
            {
                await Run(message, actions);
            }
            finally
            {
                lock (this)
                {
                    _running--;
                }

                Interlocked.Increment(ref _ended);
            }
        }
    }

    public sealed class Functions(Script script)
    {
        [Function(nameof(Completes))]
        public Task Completes([ServiceBusTrigger(Queue)] ServiceBusReceivedMessage message, ServiceBusMessageActions actions) =>
            script.RunAsync(message, actions);

        [Function(nameof(Leaves))]
        public Task Leaves([ServiceBusTrigger(Queue, AutoCompleteMessages = false)] ServiceBusReceivedMessage message, ServiceBusMessageActions actions) =>
            script.RunAsync(message, actions);

        [Function(nameof(WaitsForTheStop))]
        public async Task WaitsForTheStop(
            [ServiceBusTrigger(Queue, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
            ServiceBusMessageActions actions,
            CancellationToken cancellationToken)
        {
            script.Run = (_, _) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await script.RunAsync(message, actions);
        }
    }

    private sealed class CountingClock() : FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }

    private sealed class Running(MessagePump pump) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            // Bounded, for a test that failed and left a function behind.
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await pump.StopAsync(bound.Token);
            pump.Dispose();
        }
    }
}

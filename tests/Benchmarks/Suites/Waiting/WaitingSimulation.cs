using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using Benchmarks.Reporting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Telemetry;

namespace Benchmarks.Suites.Waiting;

/// <summary>
/// Simulation of one instance and its queue on a simulated clock, with the app's own admission and waiting lines.
/// </summary>
/// <remarks>
/// A download takes a given time. Each operation of the broker takes ten milliseconds and is counted. Everything runs on one thread, in the order of
/// the simulated times.
/// </remarks>
public sealed class WaitingSimulation
{
    // As in host.json.
    private const int ConcurrentCalls = 32;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(10);

    // The client renews a lock of a minute ten seconds before it expires.
    private static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(50);

    private readonly FakeTimeProvider _clock = new();
    private readonly ServiceProvider _services;
    private readonly PriorityQueue<Action, (DateTimeOffset At, int Number)> _future = new();
    private readonly Queue<(AssetMessage Message, MessageDelivery Delivery)> _active = [];
    private readonly Dictionary<long, (AssetMessage Message, MessageDelivery Delivery)> _locked = [];
    private readonly SortedDictionary<long, ServiceBusReceivedMessage> _scheduled = [];
    private readonly Dictionary<string, SimulatedAsset> _assets = [];
    private AssetAdmission _admission = null!;
    private DownloadLimiter _limiter = null!;
    private AssetRequeuer _requeuer = null!;
    private WaitingLineRecovery _recovery = null!;
    private bool _isRecovering;
    private int _number;
    private int _calls;
    private int _running;
    private int _generation;

    public WaitingSimulation()
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddMetrics()
            .AddSingleton<WebhookMetrics>()
            .AddSingleton<TimeProvider>(_clock)
            .AddSingleton<ServiceBusClient>(new SimulatedBroker(SendAsync, PeekAsync))
            .AddSingleton<TableServiceClient>(new EmptyTables())
            .AddSingleton<BlobServiceClient>(new EmptyBlobs())
            .AddSingleton<StorageClients>()
            .AddSingleton<EventIndex>()
            .AddSingleton<EventStore>()
            .AddSingleton(AnnouncementRules.None)
            .AddSingleton<INotificationDispatch, NoNotifications>()
            .AddSingleton<EventAnnouncements>()
            .AddSingleton<Outages>()
            .AddSingleton<QueueSenders>()
            .BuildServiceProvider();
        Start();
    }

    /// <summary>Gets the number of the broker's operations: sends, including each message's first, receives, renewals of locks, peeks and
    /// settlements.</summary>
    public int Operations { get; private set; }

    /// <summary>Gets how many of the operations are renewals of locks.</summary>
    public int Renewals { get; private set; }

    /// <summary>Gets the maximum number of concurrent downloads.</summary>
    public int MaxRunning { get; private set; }

    /// <summary>Gets all assets that were sent.</summary>
    public IReadOnlyCollection<SimulatedAsset> Assets => _assets.Values;

    /// <summary>Gets how long the simulation has run.</summary>
    public TimeSpan Now => _clock.GetUtcNow() - _clock.Start;

    /// <summary>Sends an asset's first message.</summary>
    /// <param name="host">The host of its link.</param>
    /// <param name="at">The simulated time of the send.</param>
    /// <param name="duration">The duration of its download; null if the source never answers.</param>
    public void Send(string host, TimeSpan at, TimeSpan? duration)
    {
        var asset = new SimulatedAsset(host, at, duration);
        var message = new AssetMessage
        {
            Event = EventKey.Create("sync", "event"),
            JobId = "job",
            Row = $"asset:{_assets.Count:D5}",
            Source = new AssetSource { Name = "video", Url = $"https://{host}/video.mp4" },
            Assurance = Assurance.Signed,
            ReceivedAt = _clock.GetUtcNow(),
            QueuedAt = _clock.GetUtcNow(),
        };
        _assets.Add(message.Row, asset);
        Operations++;
        At(_clock.Start + at, () => Arrive(message));
    }

    /// <summary>Sends <paramref name="count"/> assets of one host at the same time.</summary>
    public void SendAll(int count, string host, TimeSpan? duration)
    {
        for (var i = 0; i < count; i++)
        {
            Send(host, Now, duration);
        }
    }

    /// <summary>Sends two assets a second for 20 minutes, of 20 other hosts in turn. Each download takes a second.</summary>
    public void SendOthers()
    {
        for (var i = 0; i < 2_400; i++)
        {
            Send($"other-{i % 20}.example", TimeSpan.FromSeconds(i / 2.0), TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>Returns the times from send to storage, in seconds, of the assets whose source answers.</summary>
    public Sample DelaysOfAnswering() => new(_assets.Values.Where(asset => asset.Duration is not null).Select(asset => asset.Delay.TotalSeconds));

    /// <summary>Runs until nothing is left to do, or until the simulated time <paramref name="until"/>.</summary>
    public void Run(TimeSpan? until = null)
    {
        while (_future.TryPeek(out _, out var next) && (until is not { } end || next.At <= _clock.Start + end))
        {
            _clock.SetUtcNow(next.At);
            _future.Dequeue()();
        }
    }

    /// <summary>Simulates a crash and a restart: the process's memory is lost, and locked messages are redelivered.</summary>
    public void Crash()
    {
        Start();
        foreach (var (message, delivery) in _locked.Values.ToList())
        {
            _active.Enqueue((message, delivery with { DeliveryCount = delivery.DeliveryCount + 1 }));
        }

        _locked.Clear();
        Deliver();
    }

    private void Start()
    {
        _generation++;
        (_calls, _running, _isRecovering) = (0, 0, false);
        foreach (var asset in _assets.Values)
        {
            asset.IsRunning = false;
        }

        _limiter = new DownloadLimiter(Options.Create(new AssetOptions()));
        _requeuer = new AssetRequeuer(_services.GetRequiredService<QueueSenders>(), _clock);
        _admission = new AssetAdmission(
            _limiter,
            new AssetWaiting(_services.GetRequiredService<EventStore>(), _requeuer, _limiter, _services.GetRequiredService<WebhookMetrics>(), _clock),
            _clock);
        _recovery = ActivatorUtilities.CreateInstance<WaitingLineRecovery>(_services, _limiter);
    }

    private async Task SendAsync(ServiceBusMessage sent)
    {
        await OperationAsync();
        var message = AssetMessage.Read(ServiceBusModelFactory.ServiceBusReceivedMessage(body: sent.Body))!;
        if (sent.ScheduledEnqueueTime <= _clock.GetUtcNow())
        {
            Arrive(message);
            return;
        }

        var number = ++_number;
        _scheduled.Add(number, ServiceBusModelFactory.ServiceBusReceivedMessage(
            sent.Body, sequenceNumber: number, scheduledEnqueueTime: sent.ScheduledEnqueueTime, serviceBusMessageState: ServiceBusMessageState.Scheduled));
        At(sent.ScheduledEnqueueTime, () =>
        {
            _scheduled.Remove(number);
            Arrive(message);
        });
    }

    private async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekAsync(int maxCount, long from)
    {
        await OperationAsync();
        return [.. _scheduled.Values.Where(message => message.SequenceNumber >= from).Take(maxCount)];
    }

    private void Arrive(AssetMessage message)
    {
        _active.Enqueue((message, new MessageDelivery(++_number, "token", 1)));
        Deliver();
    }

    private void Deliver()
    {
        while (_calls < ConcurrentCalls && _active.TryDequeue(out var next))
        {
            _calls++;
            _ = InvokeAsync(next.Message, next.Delivery);
        }
    }

    /// <summary>Simulates one invocation of the function by its trigger.</summary>
    private async Task InvokeAsync(AssetMessage message, MessageDelivery delivery)
    {
        var started = _clock.GetTimestamp();
        _locked.Add(delivery.SequenceNumber, (message, delivery));
        RenewLater(delivery);
        await OperationAsync();
        if (!IsSettled(message))
        {
            await _admission.AdmitAsync(message, () => DownloadAsync(message), CancellationToken.None);
        }

        // The simulation has no leases, so one recovery serves all redelivered messages.
        if (delivery.IsRedelivery && !_isRecovering)
        {
            _isRecovering = true;
            await _recovery.RecoverAsync(CancellationToken.None);
            _isRecovering = false;
        }

        await _admission.TakeOverAsync(
            started,
            async next =>
            {
                await DownloadAsync(next.Message);
                return true;
            },
            CancellationToken.None);
        await OperationAsync();
        _locked.Remove(delivery.SequenceNumber);
        _calls--;
        Deliver();
    }

    private void RenewLater(MessageDelivery delivery)
    {
        var generation = _generation;
        At(_clock.GetUtcNow() + RenewalInterval, () =>
        {
            if (generation == _generation && _locked.ContainsKey(delivery.SequenceNumber))
            {
                Operations++;
                Renewals++;
                RenewLater(delivery);
            }
        });
    }

    private async Task<Settlement> DownloadAsync(AssetMessage message)
    {
        var asset = _assets[message.Row];
        if (IsSettled(message) || asset.IsRunning)
        {
            return new Settlement.Complete();
        }

        asset.IsRunning = true;
        MaxRunning = Math.Max(MaxRunning, ++_running);
        await DelayAsync(asset.Duration ?? new AssetOptions().AnswerTimeout);
        asset.IsRunning = false;
        _running--;
        _limiter.Record(message, asset.Duration ?? new AssetOptions().AnswerTimeout);
        if (asset.Duration is null)
        {
            asset.Attempts++;
            await _requeuer.RetryAsync(message, RetrySchedule.Delay(message.Attempt), CancellationToken.None);
        }
        else
        {
            asset.StoredAt = Now;
        }

        return new Settlement.Complete();
    }

    // Stands in for the asset's row, from which the app learns this.
    private bool IsSettled(AssetMessage message) => _assets[message.Row] is var asset && (asset.StoredAt is not null || message.Attempt < asset.Attempts);

    private Task OperationAsync()
    {
        Operations++;
        return DelayAsync(Latency);
    }

    private Task DelayAsync(TimeSpan delay)
    {
        // The continuation runs on this thread. After a simulated crash it never runs, because its process has ended.
        var (ended, generation) = (new TaskCompletionSource(), _generation);
        At(_clock.GetUtcNow() + delay, () =>
        {
            if (generation == _generation)
            {
                ended.SetResult();
            }
        });
        return ended.Task;
    }

    private void At(DateTimeOffset time, Action action) => _future.Enqueue(action, (time, ++_number));

    private sealed class NoNotifications : INotificationDispatch
    {
        public Task SendAsync(EventRow @event, IReadOnlyList<NotificationRow> owed) => throw new InvalidOperationException("The simulation sends no notifications.");
    }
}

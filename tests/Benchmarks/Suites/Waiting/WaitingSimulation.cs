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
/// One instance with its queue on a simulated clock: the app's admission, lines and messages, and sources that take a given time. The broker takes ten
/// milliseconds for each operation and counts them. Everything happens on one thread, in the order of the clock.
/// </summary>
public sealed class WaitingSimulation
{
    // host.json's.
    private const int ConcurrentCalls = 32;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(10);

    private readonly FakeTimeProvider _clock = new();
    private readonly ServiceProvider _services;
    private readonly PriorityQueue<Action, (DateTimeOffset At, int Number)> _future = new();
    private readonly Queue<AssetMessage> _active = [];
    private readonly Dictionary<long, AssetMessage> _locked = [];
    private readonly Dictionary<string, SimulatedAsset> _assets = [];
    private AssetAdmission _admission = null!;
    private DownloadLimiter _limiter = null!;
    private AssetRequeuer _requeuer = null!;
    private int _number;
    private int _calls;
    private int _running;
    private int _life;

    public WaitingSimulation()
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddMetrics()
            .AddSingleton<WebhookMetrics>()
            .AddSingleton<TimeProvider>(_clock)
            .AddSingleton<ServiceBusClient>(new SimulatedBroker(SendAsync))
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

    /// <summary>Gets how many operations the broker was asked for: sends, receives and settlements, each message's first send among them.</summary>
    public int Operations { get; private set; }

    /// <summary>Gets the greatest number of downloads that ran at once.</summary>
    public int MostRunning { get; private set; }

    /// <summary>Gets all assets that were sent.</summary>
    public IReadOnlyCollection<SimulatedAsset> Assets => _assets.Values;

    /// <summary>Gets how long the simulation has run.</summary>
    public TimeSpan Now => _clock.GetUtcNow() - _clock.Start;

    /// <summary>Sends an asset's first message.</summary>
    /// <param name="host">Its link's host.</param>
    /// <param name="at">When.</param>
    /// <param name="duration">How long its download takes; null where the source never answers.</param>
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

    /// <summary>Sends as many assets of one host at once.</summary>
    public void SendAll(int count, string host, TimeSpan? duration)
    {
        for (var i = 0; i < count; i++)
        {
            Send(host, Now, duration);
        }
    }

    /// <summary>Sends two assets a second of 20 hosts for 20 minutes. Each takes a second.</summary>
    public void SendOthers()
    {
        for (var i = 0; i < 2_400; i++)
        {
            Send($"other-{i % 20}.example", TimeSpan.FromSeconds(i / 2.0), TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>How long it took from the send to the blob, in seconds, of the assets whose source answers.</summary>
    public Sample DelaysOfAnswering() => new(_assets.Values.Where(asset => asset.Duration is not null).Select(asset => asset.Delay.TotalSeconds));

    /// <summary>Runs until nothing is left to do, or until that time.</summary>
    public void Run(TimeSpan? until = null)
    {
        while (_future.TryPeek(out _, out var next) && (until is not { } end || next.At <= _clock.Start + end))
        {
            _clock.SetUtcNow(next.At);
            _future.Dequeue()();
        }
    }

    /// <summary>Ends the process and starts another one. What was locked is delivered again, and what was in memory is gone.</summary>
    public void Crash()
    {
        Start();
        foreach (var message in _locked.Values.ToList())
        {
            _active.Enqueue(message);
        }

        _locked.Clear();
        Deliver();
    }

    private void Start()
    {
        _life++;
        (_calls, _running) = (0, 0);
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
    }

    private async Task SendAsync(ServiceBusMessage sent)
    {
        await OperationAsync();
        var message = AssetMessage.Read(ServiceBusModelFactory.ServiceBusReceivedMessage(body: sent.Body))!;
        At(sent.ScheduledEnqueueTime > _clock.GetUtcNow() ? sent.ScheduledEnqueueTime : _clock.GetUtcNow(), () => Arrive(message));
    }

    private void Arrive(AssetMessage message)
    {
        _active.Enqueue(message);
        Deliver();
    }

    private void Deliver()
    {
        while (_calls < ConcurrentCalls && _active.TryDequeue(out var message))
        {
            _calls++;
            _ = InvokeAsync(message, ++_number);
        }
    }

    /// <summary>One invocation, as the trigger makes it.</summary>
    private async Task InvokeAsync(AssetMessage message, long sequenceNumber)
    {
        var started = _clock.GetTimestamp();
        _locked.Add(sequenceNumber, message);
        await OperationAsync();
        var delivery = new MessageDelivery(sequenceNumber, "token", 1);
        if (!IsSettled(message))
        {
            await _admission.AdmitAsync(message, delivery, () => DownloadAsync(message), CancellationToken.None);
        }

        await OperationAsync();
        _locked.Remove(sequenceNumber);
        await _admission.TakeOverAsync(
            started,
            async next =>
            {
                await DownloadAsync(next.Message);
                return true;
            },
            CancellationToken.None);
        _calls--;
        Deliver();
    }

    private async Task<Settlement> DownloadAsync(AssetMessage message)
    {
        var asset = _assets[message.Row];
        if (IsSettled(message) || asset.IsRunning)
        {
            return new Settlement.Complete();
        }

        asset.IsRunning = true;
        MostRunning = Math.Max(MostRunning, ++_running);
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

    // What the row says.
    private bool IsSettled(AssetMessage message) => _assets[message.Row] is var asset && (asset.StoredAt is not null || message.Attempt < asset.Attempts);

    private Task OperationAsync()
    {
        Operations++;
        return DelayAsync(Latency);
    }

    private Task DelayAsync(TimeSpan delay)
    {
        // Completed on this thread. What waits for it when the process ends never continues.
        var (ended, life) = (new TaskCompletionSource(), _life);
        At(_clock.GetUtcNow() + delay, () =>
        {
            if (life == _life)
            {
                ended.SetResult();
            }
        });
        return ended.Task;
    }

    private void At(DateTimeOffset time, Action action) => _future.Enqueue(action, (time, ++_number));

    private sealed class NoNotifications : INotificationDispatch
    {
        public Task SendAsync(EventRow @event, IReadOnlyList<NotificationRow> owed) => throw new InvalidOperationException("Nothing is announced.");
    }
}

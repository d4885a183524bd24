using System.Collections.Concurrent;
using System.Net;
using System.Text;
using LocalHost.StandIns;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Notifications;
using WebhookFunctions.Notifications.Targets;
using WebhookFunctions.Outbound;
using WebhookFunctions.Settings;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Outbound;
using WebhookFunctions.Tests.Verification;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Notifications;

/// <summary>Tests of notifications as signed webhooks.</summary>
public sealed class WebhookTargetTests(AzuriteFixture azurite)
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Successor = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

    private static readonly DateTimeOffset Now = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Secret)]
    [InlineData(Successor)]
    public async Task A_receiver_can_verify_it_with_any_of_the_secrets(string secret)
    {
        await using var receiver = await Receiver.StartAsync(200);
        var clock = new FakeTimeProvider(Now);
        var target = Assert.Single(Targets(receiver.Url, clock, $"{Secret} {Successor}").All);

        Assert.IsType<NotificationDelivery.Accepted>(await target.SendAsync(Sample, Cancel));

        var (headers, body) = Assert.Single(receiver.Received);
        var settings = new ProviderSettings(new ConfigurationBuilder().AddInMemoryCollection([new("S", secret)]).Build(), allowLoopback: false);
        var verdict = await StandardWebhooks.V1.Verifier(HmacSecrets.Standard(settings, "S")!, clock).VerifyAsync(WebhookRequests.Create(body, [.. headers.Select(header => (header.Key, (string?)header.Value))]), Cancel);
        Assert.Equal(RejectionReason.None, verdict.Rejection);
        Assert.Equal((Sample.Id, "1769083200"), (headers["webhook-id"], headers["webhook-timestamp"]));
        Assert.Equal("application/cloudevents+json; charset=utf-8", headers["Content-Type"]);
        Assert.Equal(Sample.ToJson(), body);
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(204, null)]
    [InlineData(302, "Status302")]
    [InlineData(400, "Status400")]
    [InlineData(401, "Status401")]
    [InlineData(404, "Status404")]
    [InlineData(429, "Status429")]
    [InlineData(500, "Status500")]
    [InlineData(503, "Status503")]
    public async Task Any_2xx_is_success_and_everything_else_except_410_is_retried(int status, string? reason)
    {
        await using var receiver = await Receiver.StartAsync(status);
        var target = Assert.Single(Targets(receiver.Url, new FakeTimeProvider(Now)).All);

        var delivery = await target.SendAsync(Sample, Cancel);

        Assert.Equal(reason, (delivery as NotificationDelivery.Deferred)?.Reason);
        Assert.Single(receiver.Received);
    }

    [Fact]
    public async Task A_retry_waits_for_as_long_as_the_receivers_Retry_After_says()
    {
        await using var receiver = await Receiver.StartAsync(503, "120");
        var target = Assert.Single(Targets(receiver.Url, new FakeTimeProvider(Now)).All);

        Assert.Equal(TimeSpan.FromMinutes(2), Assert.IsType<NotificationDelivery.Deferred>(await target.SendAsync(Sample, Cancel)).After);
    }

    [Theory]
    [InlineData(410, DeadLetterReason.Gone)]
    public async Task A_receiver_that_no_longer_exists_ends_the_retries(int status, DeadLetterReason reason)
    {
        await using var receiver = await Receiver.StartAsync(status);
        await using var bench = await NotificationBench.CreateAsync(azurite, Settings(receiver.Url));
        bench.Receive(JobStatus.Succeeded);

        await bench.RunAsync();

        Assert.Equal(reason.ToString(), Assert.Single(bench.DeadLetters).Reason);
        var row = Assert.Single(await bench.RowsAsync());
        Assert.Equal((NotificationState.Failed, reason.ToString()), (row.State, row.ErrorCode));
        Assert.True((await bench.App.EventAsync()).IsFinished);
    }

    [Fact]
    public async Task It_is_retried_for_24_hours_with_the_same_id_and_then_dead_lettered()
    {
        await using var receiver = await Receiver.StartAsync(500);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var bench = await NotificationBench.CreateAsync(
            azurite, Settings(receiver.Url), services => services.AddSingleton<TimeProvider>(clock));
        bench.Receive(JobStatus.Succeeded);
        var startedAt = clock.GetUtcNow();
        var queue = bench.App.Broker.Sender(QueueNames.JobNotifications);
        queue.OnSend = message =>
        {
            if (message.ScheduledEnqueueTime > clock.GetUtcNow())
            {
                clock.SetUtcNow(message.ScheduledEnqueueTime);
            }
        };

        await bench.RunAsync();

        Assert.Equal(nameof(DeadLetterReason.RetriesExhausted), Assert.Single(bench.DeadLetters).Reason);
        Assert.InRange(clock.GetUtcNow() - startedAt, TimeSpan.FromHours(22), TimeSpan.FromHours(24));
        Assert.InRange(receiver.Received.Count, 24, 500);
        Assert.Single(receiver.Received.Select(received => received.Headers["webhook-id"]).Distinct());
        Assert.Single(receiver.Received.Select(received => Encoding.UTF8.GetString(received.Body)).Distinct());
        Assert.Distinct(queue.Sent.Select(message => message.MessageId));
    }

    [Fact]
    public async Task A_target_that_fails_does_not_affect_the_others()
    {
        await using var good = await Receiver.StartAsync(200);
        await using var goneReceiver = await Receiver.StartAsync(410);
        await using var bench = await NotificationBench.CreateAsync(azurite, Settings($"{good.Url} {goneReceiver.Url}", queue: "true"));
        bench.Receive(JobStatus.Succeeded);

        await bench.RunAsync();

        Assert.Single(good.Received);
        Assert.Single(bench.Results);
        Assert.Equal(
            [NotificationState.Sent, NotificationState.Sent, NotificationState.Failed], (await bench.RowsAsync()).Select(row => row.State).Order());
        Assert.Equal(bench.Results[0].MessageId, good.Received.Single().Headers["webhook-id"]);
    }

    [Theory]
    [InlineData("142.250.185.80", false, true)]
    [InlineData("10.1.2.3", false, false)]
    [InlineData("10.1.2.3", true, true)]
    [InlineData("172.16.0.1", true, true)]
    [InlineData("172.32.0.1", true, true)]
    [InlineData("192.168.1.1", true, true)]
    [InlineData("fd12:3456::1", false, false)]
    [InlineData("fd12:3456::1", true, true)]
    [InlineData("127.0.0.1", true, false)]
    [InlineData("::1", true, false)]
    [InlineData("0.0.0.0", true, false)]
    [InlineData("169.254.169.254", true, false)]
    [InlineData("fe80::1", true, false)]
    [InlineData("168.63.129.16", true, false)]
    [InlineData("100.64.0.1", true, false)]
    [InlineData("::ffff:10.0.0.1", true, false)]
    [InlineData("64:ff9b::a00:1", true, false)]
    [InlineData("224.0.0.1", true, false)]
    public async Task Private_addresses_are_reached_only_if_a_setting_allows_them(string address, bool allowPrivate, bool isReached)
    {
        var network = new TestNetwork(_ => [IPAddress.Parse(address)]);
        var target = Assert.Single(Targets("https://app.example/hook", new FakeTimeProvider(Now), allowPrivate: allowPrivate, network: network).All);

        var delivery = await target.SendAsync(Sample, Cancel);

        Assert.Equal(isReached, !network.Connected.IsEmpty);
        Assert.Equal(isReached ? null : DeadLetterReason.BlockedAddress, (delivery as NotificationDelivery.Refused)?.Reason);
    }

    [Theory]
    [InlineData("http://app.example/hook", Secret, "Notify__Url")]
    [InlineData("http://10.0.0.1/hook", Secret, "Notify__Url")]
    [InlineData("ftp://app.example/hook", Secret, "Notify__Url")]
    [InlineData("https://user:password@app.example/hook", Secret, "Notify__Url")]
    [InlineData("hook", Secret, "Notify__Url")]
    [InlineData("https://app.example/hook", "", "Notify__Secret")]
    [InlineData("https://app.example/hook", "whsec_", "Notify__Secret")]
    [InlineData("https://app.example/hook", "whsec_c2hvcnQ=", "Notify__Secret")]
    [InlineData("https://app.example/hook", "@Microsoft.KeyVault(SecretUri=https://v/secrets/notify-secret)", "Notify__Secret")]
    public void An_invalid_setting_turns_the_target_off_and_is_named_without_its_value(string url, string secret, string setting)
    {
        var settings = Read(new Dictionary<string, string?> { ["Notify:Url"] = url, ["Notify:Secret"] = secret });

        Assert.False(settings.Rules.IsOn);
        var problem = Assert.Single(settings.Problems);
        Assert.Equal(setting, problem.Setting);
        Assert.DoesNotContain("app.example", problem.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_of_a_target_does_not_reveal_its_address_and_stays_the_same()
    {
        var settings = Read(new Dictionary<string, string?> { ["Notify:Url"] = "https://a.example/1 https://b.example/2", ["Notify:Secret"] = Secret });

        Assert.Equal(2, settings.Rules.Targets.Count);
        Assert.All(settings.Rules.Targets, name => Assert.Matches("^webhook-[0-9a-f]{8}$", name));
        Assert.Equal(
            settings.Rules.Targets.Order(),
            Read(new Dictionary<string, string?> { ["Notify:Url"] = "https://b.example/2 https://a.example/1", ["Notify:Secret"] = Secret }).Rules.Targets.Order());
    }

    private static Notification Sample { get; } = new()
    {
        Id = Announcements.IdOf("gemini:a", "succeeded-0"),
        Source = "gemini",
        Type = "webhookfunctions.job.succeeded",
        Subject = "job",
        Time = Now,
        Data = new NotificationData
        {
            Provider = "gemini",
            JobId = "job",
            Status = "succeeded",
            Assurance = "signed",
            Event = new NotificationEvent("gemini", "a", "test", "recorded", Now),
            Counts = new NotificationCounts(0, 0, 0),
            Assets = [],
            MoreAssets = false,
            Path = "/api/events/gemini?id=a",
        },
    };

    private static Dictionary<string, string?> Settings(string url, string secret = Secret, string? queue = null) =>
        new() { ["Notify:Url"] = url, ["Notify:Secret"] = secret, ["Notify:Queue"] = queue };

    private static NotifySettings Read(Dictionary<string, string?> settings, bool allowLoopback = false) =>
        new(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), Options.Create(new OutboundOptions { AllowLoopback = allowLoopback }));

    private static NotificationTargets Targets(
        string url, TimeProvider clock, string secret = Secret, bool allowPrivate = false, INetwork? network = null)
    {
        var settings = Read(new Dictionary<string, string?>(Settings(url, secret)) { ["Notify:AllowPrivate"] = allowPrivate ? "true" : "false" }, allowLoopback: true);
        var http = new OutboundHttp(network ?? new SystemNetwork(), Options.Create(new OutboundOptions { AllowLoopback = true }));
        return new NotificationTargets(settings, http, null!, null!, clock);
    }

    /// <summary>Receiver on 127.0.0.1 that records its requests.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly StandInServer _server;

        private Receiver(StandInServer server) => _server = server;

        public string Url => $"{_server.Origin}/hook";

        public ConcurrentQueue<(Dictionary<string, string> Headers, byte[] Body)> Received { get; } = new();

        public static async Task<Receiver> StartAsync(int status, string? retryAfter = null)
        {
            var receiver = new Receiver(await StandInServer.StartAsync());
            receiver._server.On("/hook", async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                receiver.Received.Enqueue((context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
                context.Response.StatusCode = status;
                if (retryAfter is not null)
                {
                    context.Response.Headers.RetryAfter = retryAfter;
                }
            });
            return receiver;
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}

using System.Net;
using System.Text.Json.Nodes;
using LocalHost.Commands;
using WebhookFunctions.Operations.Notifications;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Notifications;

/// <summary>Tests that <c>listen</c> receives the app's notifications with the settings that it prints.</summary>
public sealed class ListenCommandTests(AzuriteFixture azurite)
{
    private const string Refusal = "Refused: WrongSignature";

    [Fact]
    public async Task The_app_announces_a_test_and_a_finished_job_to_it_with_the_printed_settings()
    {
        using var stop = new CancellationTokenSource();
        using var output = new Lines();
        var listening = ListenCommand.RunAsync(0, isJson: false, new Dictionary<string, string>(), output, stop.Token);
        var (url, secret) = (await output.ValueAsync("  Notify__Url="), await output.ValueAsync("  Notify__Secret="));
        await using var app = await RunningApp.StartWithAsync(await azurite.NewAccountAsync(), ("Notify__Url", url), ("Notify__Secret", secret));

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("notifications/test", UriKind.Relative));
        using var answer = await app.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var tested = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.True((bool)Assert.Single(tested["targets"]!.AsArray())!["accepted"]!);
        Assert.Equal($"test test {tested["id"]}", await output.ValueAsync("webhookfunctions.test "));

        var (webhook, scene) = app.Write("replicate", "succeeded");
        await app.AssertAcceptedAsync("replicate", webhook);
        var announced = await output.ValueAsync("webhookfunctions.job.succeeded ");
        Assert.StartsWith($"replicate {scene.JobId} ntf_", announced, StringComparison.Ordinal);
        Assert.Equal(scene.Links.Count, announced.Split($": stored replicate/{scene.JobId}/").Length - 1);
        await Eventually.TrueAsync(
            async () => (await app.EndedAsync("replicate", webhook.WebhookId)).NotificationsPending == 0, "The row that says that nothing is pending");
        await stop.CancelAsync();
        Assert.Equal(0, await listening);
    }

    [Fact]
    public async Task A_notification_signed_with_another_secret_is_refused_and_reported()
    {
        using var stop = new CancellationTokenSource();
        using var output = new Lines();
        var listening = ListenCommand.RunAsync(0, isJson: false, new Dictionary<string, string>(), output, stop.Token);
        var url = await output.ValueAsync("  Notify__Url=");
        await using var bench = await NotificationBench.CreateAsync(
            azurite, new Dictionary<string, string?> { ["Notify:Url"] = url, ["Notify:Secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });

        var answer = await bench.App.Get<NotificationTest>().RunAsync(TestContext.Current.CancellationToken);

        var text = System.Text.Encoding.UTF8.GetString(answer.Body.Span);
        Assert.Contains("\"reason\":\"Status400\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_", text, StringComparison.Ordinal);
        await output.ValueAsync(Refusal);
        await stop.CancelAsync();
        Assert.Equal(0, await listening);
    }

    /// <summary>Writer with which a test can wait for a line by its beginning.</summary>
    private sealed class Lines : StringWriter
    {
        private readonly Lock _lock = new();
        private readonly List<string> _lines = [];
        private readonly List<(string Start, TaskCompletionSource<string> Found)> _wanted = [];

        public override void WriteLine(string? value)
        {
            lock (_lock)
            {
                _lines.Add(value ?? "");
                foreach (var (start, found) in _wanted.Where(wanted => value?.StartsWith(wanted.Start, StringComparison.Ordinal) == true))
                {
                    found.TrySetResult(value![start.Length..]);
                }
            }
        }

        /// <summary>Waits for a line that begins with <paramref name="start"/>, and returns the rest of the first.</summary>
        public Task<string> ValueAsync(string start)
        {
            lock (_lock)
            {
                if (_lines.Find(line => line.StartsWith(start, StringComparison.Ordinal)) is { } there)
                {
                    return Task.FromResult(there[start.Length..]);
                }

                var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
                _wanted.Add((start, found));
                return found.Task.WaitAsync(Eventually.MaxWait, TestContext.Current.CancellationToken);
            }
        }
    }
}

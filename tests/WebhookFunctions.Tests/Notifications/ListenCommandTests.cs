using LocalHost.Commands;
using WebhookFunctions.Operations.Notifications;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Notifications;

/// <summary><c>listen</c> receives what the app sends, by the settings that it prints.</summary>
public sealed class ListenCommandTests(AzuriteFixture azurite)
{
    private const string Refusal = "Refused: WrongSignature";

    [Fact]
    public async Task What_the_app_sends_by_the_settings_that_it_prints_is_verified_and_printed()
    {
        using var stop = new CancellationTokenSource();
        using var output = new Lines();
        var listening = ListenCommand.RunAsync(0, isJson: false, new Dictionary<string, string>(), output, stop.Token);
        var url = await output.ValueAsync("  Notify__Url=");
        var secret = await output.ValueAsync("  Notify__Secret=");
        await using var bench = await NotificationBench.CreateAsync(
            azurite, new Dictionary<string, string?> { ["Notify:Url"] = url, ["Notify:Secret"] = secret });

        var answer = await bench.App.Get<NotificationTest>().RunAsync(TestContext.Current.CancellationToken);

        Assert.Contains("\"accepted\":true", System.Text.Encoding.UTF8.GetString(answer.Body.Span), StringComparison.Ordinal);
        Assert.StartsWith("test test ntf_", await output.ValueAsync("webhookfunctions.test "), StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.Equal(0, await listening);
    }

    [Fact]
    public async Task What_another_secret_signed_is_refused_and_said_to_be()
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

    /// <summary>A writer that can be waited for by the beginning of a line.</summary>
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

        /// <summary>What follows <paramref name="start"/> in the first line that begins with it.</summary>
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
                return found.Task.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
            }
        }
    }
}

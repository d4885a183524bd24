using System.Net;
using System.Text.Json;
using LocalHost.Hosting;
using WebhookFunctions.Model;

namespace LocalHost.Commands;

/// <summary>Asset as a deployment's operator routes return it.</summary>
/// <param name="Name">The asset's name in the event.</param>
/// <param name="State">The asset's state.</param>
/// <param name="Bytes">The number of bytes stored; null if none were.</param>
/// <param name="Blob">The asset's blob in container <c>assets</c>; null if there is none.</param>
/// <param name="Reason">The reason why it is not stored; null if there is none.</param>
internal sealed record WatchedAsset(string Name, string State, long? Bytes, string? Blob, string? Reason);

/// <summary>Event as a deployment's operator routes return it.</summary>
/// <param name="State">The event's state.</param>
/// <param name="JobStatus">The status of the event's job; null until the event has ended.</param>
/// <param name="Reasons">The event's error and notes.</param>
/// <param name="Assets">The event's assets.</param>
internal sealed record WatchedEvent(string State, string? JobStatus, IReadOnlyList<string> Reasons, IReadOnlyList<WatchedAsset> Assets)
{
    /// <summary>Gets whether the event's state is final.</summary>
    public bool HasEnded => State is nameof(EventState.Recorded) or nameof(EventState.Completed) or nameof(EventState.CompletedWithFailures) or nameof(EventState.Failed);
}

/// <summary>Follower of an event through the operator routes of a deployment.</summary>
/// <param name="http">The client that reaches the deployment.</param>
/// <param name="api">The address of the routes, with a slash at the end.</param>
/// <param name="key">The deployment's key; null if it requires none.</param>
/// <param name="clock">The clock of the interval and of the timeout.</param>
internal sealed class EventWatch(HttpClient http, Uri api, string? key, TimeProvider clock)
{
    /// <summary>Gets the time between two requests. The default value is half a second.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets the maximum time to wait for the event's end. The default value is two minutes. An event that is retried after a transient
    /// failure may end later.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Returns the event once it has ended, or its last state after <see cref="Timeout"/>; null if it never appeared.</summary>
    /// <param name="space">The id space of its webhook.</param>
    /// <param name="webhookId">The id of its webhook.</param>
    /// <param name="provider">The provider's name.</param>
    /// <param name="jobId">The job that it reports.</param>
    /// <param name="report">Called with the current state after each request; null before the event exists.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="LocalHostException">The deployment does not accept the key.</exception>
    public async Task<WatchedEvent?> EndAsync(
        string space, string webhookId, string provider, string jobId, Action<WatchedEvent?, TimeSpan> report, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        WatchedEvent? known = null;
        while (true)
        {
            if (await GetAsync($"events/{space}?id={Uri.EscapeDataString(webhookId)}", cancellationToken) is { } answer)
            {
                known = Read(answer);
                if (known.HasEnded)
                {
                    var job = await GetAsync($"jobs/{provider}?id={Uri.EscapeDataString(jobId)}", cancellationToken);
                    return known with { JobStatus = job is { } found ? Text(found.GetProperty("job"), "status") : null };
                }
            }

            report(known, clock.GetElapsedTime(started));
            if (clock.GetElapsedTime(started) >= Timeout)
            {
                return known;
            }

            await Task.Delay(PollInterval, clock, cancellationToken);
        }
    }

    // Returns null if the event does not exist yet, or the deployment is unavailable.
    private async Task<JsonElement?> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(api, path));
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation(OperatorClient.KeyHeader, key);
        }

        using var response = await http.SendAsync(request, cancellationToken);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => JsonElement.Parse(await response.Content.ReadAsStringAsync(cancellationToken)),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new LocalHostException(
                $"{(int)response.StatusCode}: the state of the webhook's event can't be read. "
                + $"{(key is null ? $"Set {OperatorClient.KeySetting} here to a key of the deployment" : $"The key in {OperatorClient.KeySetting} is not one of the deployment's")}, "
                + "or send with --no-wait."),
            _ => null,
        };
    }

    private static WatchedEvent Read(JsonElement answer)
    {
        var row = answer.GetProperty("event");
        return new WatchedEvent(
            Text(row, "state") ?? "",
            null,
            [.. ((string[])["errorCode", "errorMessage", "note"]).Select(column => Text(row, column)).OfType<string>().Where(text => text.Length > 0)],
            [
                .. answer.GetProperty("assets").EnumerateArray().Select(asset => new WatchedAsset(
                    Text(asset, "name") ?? "",
                    Text(asset, "state") ?? "",
                    asset.TryGetProperty("bytes", out var bytes) && bytes.ValueKind == JsonValueKind.Number ? bytes.GetInt64() : null,
                    Text(asset, "blob"),
                    Text(asset, "lastError"))),
            ]);
    }

    private static string? Text(JsonElement row, string column) =>
        row.TryGetProperty(column, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

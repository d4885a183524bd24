using System.Web;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>Answers of the API in which every field that a sender or a provider could write contains the same text.</summary>
internal sealed class HostileApi
{
    private readonly string _text;

    private HostileApi(string text) => _text = text;

    private object Job => new
    {
        provider = _text, jobId = _text, status = _text, providerStatus = _text, assurance = _text, eventType = _text, model = _text, errorCode = _text, errorMessage = _text,
        updatedAt = _text, occurredAt = _text, webhookId = _text, blobPrefix = _text,
    };

    public static HostileApi Create(string text) => new(text);

    public object Answer(Uri address)
    {
        var path = address.AbsolutePath;
        return path.EndsWith("/body", StringComparison.Ordinal) ? new { text = _text }
            : path.EndsWith("/health/details", StringComparison.Ordinal) ? Health()
            : path.Contains("/dead-letters/", StringComparison.Ordinal) ? DeadLetters()
            : path.EndsWith("/events", StringComparison.Ordinal) ? Events()
            : HttpUtility.ParseQueryString(address.Query)["id"] is not null ? Details()
            : new { jobs = new[] { Job }, cursor = (string?)null };
    }

    private object Details() => new
    {
        job = Job,
        assets = new[] { ("Stored", _text), ("Failed", null), (_text, _text) }.Select((asset, i) => new
        {
            name = $"{_text}{i}", state = asset.Item1, reason = _text, lastError = _text, assurance = _text, blob = asset.Item2, bytes = 1, sha256 = _text, contentType = _text,
            attempts = 1, nextAttemptAt = _text, url = (string?)null,
        }),
        linksExpireAt = (string?)null,
        events = new[] { new { id = _text, space = _text, type = _text, state = _text, receivedAt = _text, completedAt = _text } },
        moreEvents = true,
    };

    private object DeadLetters() => new
    {
        messages = new[]
        {
            new
            {
                messageId = _text, sequenceNumber = 1, provider = _text, space = _text, webhookId = _text, jobId = _text, asset = _text, host = _text, reason = _text,
                description = _text, enqueuedAt = _text, deliveryCount = 1,
            },
        },
        cursor = (string?)null,
    };

    private object Events() => new
    {
        events = new[]
        {
            new
            {
                provider = _text, space = _text, webhookId = $"{_text}2", jobId = _text, state = _text, updatedAt = _text, errorCode = _text, errorMessage = _text, lastError = _text,
                failures = new[] { new { asset = _text, state = "Failed", errorCode = _text, lastError = _text } },
            },
        },
        more = false,
        cursor = (string?)null,
    };

    private object Health()
    {
        var part = new Dictionary<string, object> { [_text] = new { status = _text, error = _text } };
        return new
        {
            status = _text,
            storage = part,
            queues = part,
            providers = new Dictionary<string, object> { [_text] = new { status = _text, problems = new[] { new { setting = _text, reason = _text } }, note = _text } },
        };
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Json;

namespace WebhookFunctions.Verification;

/// <summary>Webhook request that holds its headers and its body, which was read whole and within the limit.</summary>
public sealed class WebhookRequest(IHeaderDictionary headers, ReadOnlyMemory<byte> body) : IDisposable
{
    private JsonDocument? _document;
    private bool _parsed;

    public IHeaderDictionary Headers { get; } = headers;

    /// <summary>The body, byte for byte as received.</summary>
    public ReadOnlyMemory<byte> Body { get; } = body;

    /// <summary>
    /// Gets the body as one JSON object, by the rules of <see cref="EventJson"/>; null if it is not one. It is parsed on first use, because a scheme
    /// that signs the raw bytes verifies them before anything is parsed.
    /// </summary>
    public JsonElement? Json
    {
        get
        {
            if (!_parsed)
            {
                _parsed = true;
                _document = EventJson.TryParse(Body);
            }

            return _document?.RootElement;
        }
    }

    /// <summary>Gets whether <see cref="Json"/> is not null. Cheaper than <see cref="Json"/> if the content is not needed.</summary>
    public bool IsJsonObject => _parsed ? _document is not null : EventJson.IsObject(Body);

    /// <summary>Returns the value of a header that occurs once and is not empty; otherwise null.</summary>
    public string? Header(string name) =>
        Headers.TryGetValue(name, out var values) && values.Count == 1 && !string.IsNullOrEmpty(values[0]) ? values[0] : null;

    public void Dispose() => _document?.Dispose();
}

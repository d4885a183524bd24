using System.Text.Json;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Json;

namespace WebhookFunctions.Verification;

/// <summary>One POST: its headers and its body, which has been read whole and within the limit.</summary>
public sealed class WebhookRequest(IHeaderDictionary headers, ReadOnlyMemory<byte> body) : IDisposable
{
    private JsonDocument? _document;
    private bool _parsed;

    public IHeaderDictionary Headers { get; } = headers;

    /// <summary>The body, byte for byte as it came.</summary>
    public ReadOnlyMemory<byte> Body { get; } = body;

    /// <summary>
    /// The body as one JSON object, by the rules of <see cref="EventJson"/>; null where it is none. Parsed once, when first asked for:
    /// a scheme that signs the raw bytes is checked before anything is parsed.
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

    /// <summary>Whether <see cref="Json"/> is there; cheaper to ask where nobody needs what it says.</summary>
    public bool IsJsonObject => _parsed ? _document is not null : EventJson.IsObject(Body);

    /// <summary>The value of a header that stands there once and is not empty; otherwise null.</summary>
    public string? Header(string name) =>
        Headers.TryGetValue(name, out var values) && values.Count == 1 && !string.IsNullOrEmpty(values[0]) ? values[0] : null;

    public void Dispose() => _document?.Dispose();
}

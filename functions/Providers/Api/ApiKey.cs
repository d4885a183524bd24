using WebhookFunctions.Settings;

namespace WebhookFunctions.Providers.Api;

/// <summary>Key of a provider's API, with its header. It is sent only to the API's own origin.</summary>
/// <param name="Header">The header's name.</param>
/// <param name="Value">The key.</param>
public sealed record ApiKey(string Header, string Value)
{
    /// <summary>Reads the key in a setting. Returns null if the setting is missing, or if the key cannot be sent in a header, which is
    /// reported.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="setting">The setting's name.</param>
    /// <param name="header">The header that carries the key.</param>
    /// <param name="scheme">The text before the key in the header, such as <c>Bearer </c>. The default value is empty.</param>
    public static ApiKey? Read(ProviderSettings settings, string setting, string header, string scheme = "")
    {
        if (settings.Text(setting) is not { } value)
        {
            return null;
        }

        if (!value.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return new ApiKey(header, scheme + value);
        }

        settings.Report(setting, "is not an API key: it contains white space or other characters that a header cannot carry");
        return null;
    }

    /// <summary>Adds the key to a request if it goes to <paramref name="origin"/>.</summary>
    public void Authorize(HttpRequestMessage request, ApiOrigin origin)
    {
        if (origin.Owns(request.RequestUri))
        {
            request.Headers.TryAddWithoutValidation(Header, Value);
        }
    }

    /// <summary>Returns the header's name only, so that the key cannot be logged.</summary>
    public override string ToString() => Header;
}

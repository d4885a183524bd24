using WebhookFunctions.Settings;

namespace WebhookFunctions.Providers.Api;

/// <summary>The key of a provider's API and the header it goes into. It leaves the process towards the API's own origin only.</summary>
/// <param name="Header">The header's name.</param>
/// <param name="Value">The key.</param>
public sealed record ApiKey(string Header, string Value)
{
    /// <summary>The key in a setting; null where the setting is missing, and where it cannot stand in a header, which is reported.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="setting">The setting's name.</param>
    /// <param name="header">The header that the key goes into.</param>
    /// <param name="scheme">What stands in the header before the key, such as <c>Bearer </c>. The default value is nothing.</param>
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

        settings.Report(setting, "is not an API key: it holds white space or other characters that no header carries");
        return null;
    }

    /// <summary>Adds the key to a request that goes to <paramref name="origin"/>, and to no other.</summary>
    public void Authorize(HttpRequestMessage request, ApiOrigin origin)
    {
        if (origin.Owns(request.RequestUri))
        {
            request.Headers.TryAddWithoutValidation(Header, Value);
        }
    }

    /// <summary>Without the key.</summary>
    public override string ToString() => Header;
}

using System.Text;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

/// <summary>Factory of requests in the form that the receiver passes to a verifier.</summary>
internal static class WebhookRequests
{
    public static WebhookRequest Create(byte[] body, params ReadOnlySpan<(string Name, string? Value)> headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            if (value is not null)
            {
                // Add and not the indexer, which drops an empty header. Kestrel preserves it.
                dictionary.Add(name, value);
            }
        }

        return new WebhookRequest(dictionary, body);
    }

    public static WebhookRequest Create(string body, params ReadOnlySpan<(string Name, string? Value)> headers) =>
        Create(Encoding.UTF8.GetBytes(body), headers);
}

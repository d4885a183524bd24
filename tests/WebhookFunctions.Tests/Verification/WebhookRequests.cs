using System.Text;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

/// <summary>Makes requests as the receiver hands them to a verifier.</summary>
internal static class WebhookRequests
{
    public static WebhookRequest Create(byte[] body, params ReadOnlySpan<(string Name, string? Value)> headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            if (value is not null)
            {
                // Not by its indexer, which drops a header that is empty; Kestrel keeps one.
                dictionary.Add(name, value);
            }
        }

        return new WebhookRequest(dictionary, body);
    }

    public static WebhookRequest Create(string body, params ReadOnlySpan<(string Name, string? Value)> headers) =>
        Create(Encoding.UTF8.GetBytes(body), headers);
}

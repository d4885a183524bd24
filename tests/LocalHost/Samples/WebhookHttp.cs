using System.Net.Http.Headers;

namespace LocalHost.Samples;

/// <summary>Factory of HTTP requests that carry webhooks.</summary>
internal static class WebhookHttp
{
    public static HttpRequestMessage Request(Uri address, ReadOnlyMemory<byte> body, IReadOnlyDictionary<string, string> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }
}

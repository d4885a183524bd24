using System.Net;
using System.Text;
using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Providers.Api;

/// <summary>Client of a provider's API that reads its records of jobs.</summary>
public sealed class ProviderApi(OutboundHttp http, ApiOrigin origin, ApiKey key, TimeProvider clock)
{
    // The timeout of a whole call, from the first byte sent to the last one read. The documents are small.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The largest object that is read whole, in bytes. A prediction contains its inputs and a language model's output.</summary>
    public const int MaxObjectBytes = 8 * 1024 * 1024;

    /// <summary>The longest text, in bytes: a link, with quotation marks and white space.</summary>
    public const int MaxTextBytes = 16 * 1024;

    private readonly BoundedCalls _bounded = new(clock);

    /// <summary>
    /// Does the same as <see cref="GetAsync(string, IReadOnlyList{string}, CancellationToken)"/> for an event that anybody may have sent. The calls
    /// are limited and answers shared (see <see cref="BoundedCalls"/>).
    /// </summary>
    /// <param name="received">The event.</param>
    /// <param name="path">The path with its query, without a leading slash.</param>
    /// <param name="paths">The fields, always the same ones for a
    /// path.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <exception cref="HttpRequestException">The API could not be reached, or returned a transient error; a later attempt may succeed.</exception>
    public Task<ApiAnswer> ConfirmAsync(ReceivedEvent received, string path, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        _bounded.AskAsync(path, received, () => GetAsync(path, paths, CancellationToken.None), cancellationToken);

    /// <summary>Gets the fields at <paramref name="paths"/> (see <see cref="JsonFields"/>) of the document at <paramref name="path"/>.</summary>
    /// <param name="path">The path with its query, without a leading slash.</param>
    /// <param name="paths">The fields.</param>
    /// <param name="cancellationToken">Cancelled when the host stops.</param>
    /// <exception cref="HttpRequestException">The API could not be reached, or returned a transient error; a later attempt may succeed.</exception>
    public Task<ApiAnswer> GetAsync(string path, IReadOnlyList<string> paths, CancellationToken cancellationToken) => GetAsync(
        path,
        "application/json",
        async (response, token) =>
        {
            await using var content = await response.Content.ReadAsStreamAsync(token);
            return new ApiAnswer.Found(await JsonFields.ReadAsync(content, paths, token));
        },
        cancellationToken);

    /// <summary>Gets the JSON object at <paramref name="path"/>, of at most <see cref="MaxObjectBytes"/>.</summary>
    /// <exception cref="HttpRequestException">The API could not be reached, or returned a transient error; a later attempt may succeed.</exception>
    public Task<ApiAnswer> GetObjectAsync(string path, CancellationToken cancellationToken) => GetAsync(
        path,
        "application/json",
        async (response, token) =>
        {
            var body = await ReadAsync(response, MaxObjectBytes, token);
            if (body is null)
            {
                return new ApiAnswer.Denied($"The provider's API answered with more than {MaxObjectBytes} bytes.");
            }

            using var document = EventJson.TryParse(body) ?? throw new JsonException();
            return new ApiAnswer.FoundObject(document.RootElement.Clone());
        },
        cancellationToken);

    /// <summary>Does the same as <see cref="GetObjectAsync"/> for an event that anybody may have sent. The calls are limited and answers shared (see
    /// <see cref="BoundedCalls"/>).</summary>
    /// <exception cref="HttpRequestException">The API could not be reached, or returned a transient error; a later attempt may succeed.</exception>
    public Task<ApiAnswer> ConfirmObjectAsync(ReceivedEvent received, string path, CancellationToken cancellationToken) =>
        _bounded.AskAsync(path, received, () => GetObjectAsync(path, CancellationToken.None), cancellationToken);

    /// <summary>Gets the text at <paramref name="path"/>, of at most <see cref="MaxTextBytes"/>, or the address to which the API redirects from
    /// there.</summary>
    /// <exception cref="HttpRequestException">The API could not be reached, or returned a transient error; a later attempt may succeed.</exception>
    public Task<ApiAnswer> GetTextAsync(string path, CancellationToken cancellationToken) => GetAsync(
        path,
        "text/plain, application/json;q=0.5",
        async (response, token) =>
        {
            if (response.Headers.Location is { IsAbsoluteUri: true } location)
            {
                return new ApiAnswer.FoundText(location.OriginalString);
            }

            var body = await ReadAsync(response, MaxTextBytes, token);
            return body is null ? new ApiAnswer.Denied("The provider's API answered with more than a link.") : new ApiAnswer.FoundText(Encoding.UTF8.GetString(body).Trim());
        },
        cancellationToken);

    private async Task<ApiAnswer> GetAsync(
        string path, string accept, Func<HttpResponseMessage, CancellationToken, Task<ApiAnswer>> readAsync, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, origin.At(path));
            request.Headers.Accept.ParseAdd(accept);
            key.Authorize(request, origin);
            using var response = await http.SendAsync(request, both.Token);
            var isRedirect = (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && accept.StartsWith("text/", StringComparison.Ordinal);
            if (!response.IsSuccessStatusCode && !isRedirect)
            {
                return IsRetryable(response.StatusCode)
                    ? throw new HttpRequestException($"The API answered {(int)response.StatusCode}.", null, response.StatusCode)
                    : new ApiAnswer.Denied(DescribeRefusal(response.StatusCode));
            }

            return await readAsync(response, both.Token);
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new HttpRequestException("The API's answer was cut off or is not JSON.", exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"The API did not answer within {Timeout.TotalSeconds:0} seconds.");
        }
    }

    /// <summary>Returns the whole body; null if it has more than <paramref name="longest"/> bytes.</summary>
    private static async Task<byte[]?> ReadAsync(HttpResponseMessage response, int longest, CancellationToken cancellationToken)
    {
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (body.Length + read > longest)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    // A 401 concerns the key and not the job, so events wait until an operator replaces the key.
    private static bool IsRetryable(HttpStatusCode status) =>
        status == HttpStatusCode.Unauthorized || status.IsTransient();

    private static string DescribeRefusal(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound or HttpStatusCode.Gone => $"The provider's API knows no such job ({(int)status}).",
        HttpStatusCode.Forbidden => $"The provider's API refused the job or the key ({(int)status}).",
        _ => $"The provider's API answered {(int)status}.",
    };
}

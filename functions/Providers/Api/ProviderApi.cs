using System.Net;
using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Providers.Api;

/// <summary>Asks a provider's API what it knows of a job.</summary>
public sealed class ProviderApi(OutboundHttp http, ApiOrigin origin, ApiKey key, TimeProvider clock)
{
    // From the first byte sent to the last one read. Such documents are small; where one is not, what is wanted stands near its beginning.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly BoundedCalls _bounded = new(clock);

    /// <summary>
    /// As <see cref="GetAsync"/>, because of an event that anybody may have sent: bounded by <see cref="BoundedCalls"/>, its answer shared.
    /// </summary>
    /// <param name="received">The event.</param>
    /// <param name="path">The path with its query, without a slash before it.</param>
    /// <param name="paths">The fields, always the same ones for a path.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    /// <exception cref="HttpRequestException">The API could not be reached, or answered what may pass: try again later.</exception>
    public Task<ApiAnswer> ConfirmAsync(ReceivedEvent received, string path, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        _bounded.AskAsync(path, received, () => GetAsync(path, paths, CancellationToken.None), cancellationToken);

    /// <summary>Gets the fields at <paramref name="paths"/> (see <see cref="JsonFields"/>) of the document at <paramref name="path"/>.</summary>
    /// <param name="path">The path with its query, without a slash before it.</param>
    /// <param name="paths">The fields.</param>
    /// <param name="cancellationToken">The host is stopping.</param>
    /// <exception cref="HttpRequestException">The API could not be reached, or answered what may pass: try again later.</exception>
    public async Task<ApiAnswer> GetAsync(string path, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, origin.At(path));
            request.Headers.Accept.ParseAdd("application/json");
            key.Authorize(request, origin);
            using var response = await http.SendAsync(request, both.Token);
            if (!response.IsSuccessStatusCode)
            {
                return IsToBeAskedAgain(response.StatusCode)
                    ? throw new HttpRequestException($"The API answered {(int)response.StatusCode}.", null, response.StatusCode)
                    : new ApiAnswer.Denied(Words(response.StatusCode));
            }

            await using var content = await response.Content.ReadAsStreamAsync(both.Token);
            return new ApiAnswer.Found(await JsonFields.ReadAsync(content, paths, both.Token));
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            throw new HttpRequestException("The API's answer broke off or is not JSON.", failure);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"The API did not answer within {Timeout.TotalSeconds:0} seconds.");
        }
    }

    // 401 is about the key, which no sender chooses, and not about the job: events wait until the key is replaced.
    private static bool IsToBeAskedAgain(HttpStatusCode status) =>
        status == HttpStatusCode.Unauthorized || status.IsTransient();

    private static string Words(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound or HttpStatusCode.Gone => $"The provider's API knows no such job ({(int)status}).",
        HttpStatusCode.Forbidden => $"The provider's API refused the job or the key ({(int)status}).",
        _ => $"The provider's API answered {(int)status}.",
    };
}

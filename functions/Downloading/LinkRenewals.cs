using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Client of providers' link renewal that makes one call for each job at a time in this instance. All of the job's assets share its answer.
/// </summary>
public sealed class LinkRenewals(TimeProvider clock)
{
    /// <summary>How long an answer is shared with the job's other assets. An asset whose link failed in that time asks again.</summary>
    public static readonly TimeSpan SharedFor = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Provider, string Key), Call> _calls = [];

    /// <summary>Asks for a new link of an asset.</summary>
    /// <param name="message">The asset, with the link that has failed.</param>
    /// <param name="provider">Its provider.</param>
    /// <param name="cancellationToken">Cancels the wait, but not the call: it has a timeout of its own, and others may wait for it.</param>
    /// <exception cref="HttpRequestException">The API could not be reached; a later attempt may succeed.</exception>
    public async Task<LinkRenewal> RenewAsync(AssetMessage message, WebhookProvider provider, CancellationToken cancellationToken)
    {
        if (KeyOf(message, provider) is not { } key)
        {
            return new LinkRenewal.None("The provider's API cannot be asked for this asset.");
        }

        var name = provider.RenewedName(message.Source.Name);
        for (Call? used = null; ;)
        {
            var call = CallFor(provider, key, used);
            var answer = await call.Answer.WaitAsync(cancellationToken);
            if (answer is not Confirmation.Believed(var job))
            {
                return new LinkRenewal.None(answer.WhyNot!);
            }

            var source = job.Assets.FirstOrDefault(asset => asset.Name == name);
            if (source is not { IsFetched: true })
            {
                return new LinkRenewal.None(source?.FetchError ?? source?.ExternalReason ?? "The provider's API no longer names a link for this asset.");
            }

            // An answer to another asset's call may contain the very link that has failed.
            if (call.IsOwn || source.Url != message.Source.Url || used is not null)
            {
                return new LinkRenewal.Renewed(message.Source with { Url = source.Url });
            }

            used = call;
        }
    }

    /// <summary>Returns the key for the provider's API call. Returns null if the call is not possible, or not allowed: no API key is used for an
    /// unconfirmed event.</summary>
    public static string? KeyOf(AssetMessage message, WebhookProvider provider) =>
        message.Assurance.IsProven() ? provider.RenewalKey(message.JobId, message.Source.Name) : null;

    private Call CallFor(WebhookProvider provider, string key, Call? used)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            foreach (var (oldKey, oldCall) in _calls)
            {
                if (oldCall.Answer.IsCompleted && (oldCall.Answer.IsFaulted || oldCall.At + SharedFor <= now))
                {
                    _calls.Remove(oldKey);
                }
            }

            if (_calls.TryGetValue((provider.Name, key), out var shared) && shared.Answer != used?.Answer)
            {
                return shared with { IsOwn = false };
            }

            var call = new Call(now, Task.Run(() => provider.RenewAsync(key, CancellationToken.None).AsTask(), CancellationToken.None), IsOwn: true);
            _calls[(provider.Name, key)] = call;
            return call;
        }
    }

    private sealed record Call(DateTimeOffset At, Task<Confirmation> Answer, bool IsOwn);
}

namespace WebhookFunctions.Verification;

/// <summary>How a search among a service's public keys ended.</summary>
public enum KeySearch
{
    /// <summary>A key fits.</summary>
    Found,

    /// <summary>None of the service's keys fits.</summary>
    NotPublished,

    /// <summary>No known key fits, and the document of keys is unavailable: a newer key may fit.</summary>
    Unavailable,
}

/// <summary>The place from which a service's public keys come.</summary>
public interface IKeySource
{
    /// <summary>
    /// Looks for a key that fits. <paramref name="fits"/> is asked at most twice: about the known keys, and about those of a new document.
    /// </summary>
    /// <exception cref="OperationCanceledException">The search was cancelled while keys were fetched.</exception>
    ValueTask<KeySearch> SearchAsync(Func<PublishedKeys, bool> fits, CancellationToken cancellationToken);
}

namespace WebhookFunctions.Verification;

/// <summary>Result of a search among a service's public keys.</summary>
public enum KeySearch
{
    /// <summary>A key verifies the signature.</summary>
    Found,

    /// <summary>None of the service's keys verifies the signature.</summary>
    NotPublished,

    /// <summary>No known key verifies the signature, and the document of keys is unavailable, so a newer key might.</summary>
    Unavailable,
}

/// <summary>Source of a service's public keys.</summary>
public interface IKeySource
{
    /// <summary>
    /// Searches for a key that <paramref name="fits"/> accepts. It is called at most twice: with the known keys, and with those of a newly fetched
    /// document.
    /// </summary>
    /// <exception cref="OperationCanceledException">The search was cancelled while keys were fetched.</exception>
    ValueTask<KeySearch> SearchAsync(Func<PublishedKeys, bool> fits, CancellationToken cancellationToken);
}

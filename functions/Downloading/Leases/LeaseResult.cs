namespace WebhookFunctions.Downloading.Leases;

/// <summary>Result of trying to acquire the lease on an asset.</summary>
public abstract record LeaseResult
{
    private LeaseResult()
    {
    }

    /// <summary>The lease was acquired.</summary>
    public sealed record Acquired(AssetLease Lease) : LeaseResult;

    /// <summary>A later delivery, or one of another message, holds the lease, which expires at <paramref name="Until"/> unless it is renewed.</summary>
    public sealed record HeldByOther(DateTimeOffset Until) : LeaseResult;

    /// <summary>The row was changed since it was read.</summary>
    public sealed record RowChanged : LeaseResult;
}

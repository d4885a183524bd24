namespace WebhookFunctions.Downloading.Leases;

/// <summary>What came of trying to acquire the lease on an asset.</summary>
public abstract record LeaseResult
{
    private LeaseResult()
    {
    }

    /// <summary>The lease was acquired.</summary>
    public sealed record Acquired(AssetLease Lease) : LeaseResult;

    /// <summary>Another message's delivery holds the lease until then.</summary>
    public sealed record HeldByOther(DateTimeOffset Until) : LeaseResult;

    /// <summary>The row was changed since it was read.</summary>
    public sealed record RowChanged : LeaseResult;
}

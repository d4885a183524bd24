namespace WebhookFunctions.Receiving;

/// <summary>What came of reading a body.</summary>
public abstract record BodyReadResult
{
    private BodyReadResult()
    {
    }

    /// <summary>The body was read whole. The caller disposes it.</summary>
    public sealed record Whole(ReceivedBody Body) : BodyReadResult;

    /// <summary>The body was not read, or not to its end, and nothing of it is held.</summary>
    public sealed record Failed(BodyReadFailure Failure) : BodyReadResult;
}

/// <summary>Why a body was not read to its end.</summary>
public enum BodyReadFailure
{
    /// <summary>It is, or is declared to be, larger than the limit.</summary>
    TooLarge,

    /// <summary>The sender broke off, or sent a malformed request.</summary>
    Broken,

    /// <summary>Other bodies hold the memory that it needs.</summary>
    NoMemory,
}

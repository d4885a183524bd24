namespace WebhookFunctions.Receiving;

/// <summary>The result of reading a request body.</summary>
public abstract record BodyReadResult
{
    private BodyReadResult()
    {
    }

    /// <summary>The body was read whole. The caller disposes it.</summary>
    public sealed record Whole(ReceivedBody Body) : BodyReadResult;

    /// <summary>The body was not read to its end. Its buffer and its reservation are released.</summary>
    public sealed record Failed(BodyReadFailure Failure) : BodyReadResult;
}

/// <summary>The reason why a body was not read to its end.</summary>
public enum BodyReadFailure
{
    /// <summary>The body, or its declared length, exceeds the limit.</summary>
    TooLarge,

    /// <summary>The sender closed the connection, or the request is malformed.</summary>
    Incomplete,

    /// <summary>Other bodies hold the memory that this one needs.</summary>
    NoMemory,
}

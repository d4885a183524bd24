namespace WebhookFunctions.Downloading.Content;

/// <summary>Result of recognizing a body by its first bytes.</summary>
public abstract record ContentRecognition
{
    private ContentRecognition()
    {
    }

    /// <summary>The body can be what was expected.</summary>
    public sealed record Recognized(ContentKind Kind) : ContentRecognition;

    /// <summary>The body is plainly something else.</summary>
    /// <param name="Found">What it is, as text for an operator.</param>
    public sealed record Unexpected(string Found) : ContentRecognition
    {
        /// <summary>Whether the body says that the file is still being made. The default value is false.</summary>
        public bool IsProgress { get; init; }
    }
}

namespace WebhookFunctions.Downloading.Content;

/// <summary>What the first bytes of a body show it to be.</summary>
public abstract record ContentRecognition
{
    private ContentRecognition()
    {
    }

    /// <summary>It can be what was expected.</summary>
    public sealed record Recognized(ContentKind Kind) : ContentRecognition;

    /// <summary>It plainly is something else.</summary>
    /// <param name="Found">What it is, in words for a person.</param>
    public sealed record Unexpected(string Found) : ContentRecognition
    {
        /// <summary>Whether it says that what was expected is still being made. The default value is false.</summary>
        public bool IsProgress { get; init; }
    }
}

namespace SampleApp;

/// <summary>File with which a test ends a function that waits for it.</summary>
internal static class AwaitedFile
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>Completes once the file exists.</summary>
    public static async Task ExistsAsync(string? path, CancellationToken cancellationToken)
    {
        while (!File.Exists(path))
        {
            await Task.Delay(Poll, cancellationToken);
        }
    }
}

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>A directory for one test, removed with what is in it.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("webhook-functions-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

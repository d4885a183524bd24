namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Temporary directory for one test, which is deleted with its content.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("webhook-functions-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

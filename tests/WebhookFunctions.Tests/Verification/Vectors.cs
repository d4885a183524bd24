using System.Text.Json;

namespace WebhookFunctions.Tests.Verification;

/// <summary>Reader of the files in the folder Vectors, which is copied beside the tests' assembly. Its README names their sources.</summary>
internal static class Vectors
{
    public static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Verification", "Vectors", name)));
        return document.RootElement.Clone();
    }
}

using System.Text.Json;

namespace WebhookFunctions.Tests.Verification;

/// <summary>The files of folder Vectors, which stands beside the tests' assembly; its README says where each is from.</summary>
internal static class Vectors
{
    public static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Verification", "Vectors", name)));
        return document.RootElement.Clone();
    }
}

using System.Text.Json;
using WebhookFunctions.Json;

namespace WebhookFunctions.Downloading.Content;

/// <summary>Recognizer of JSON that some sources send with status 200 instead of a file that is still being made.</summary>
internal static class JsonProgress
{
    private static readonly HashSet<string> InProgress = new(StringComparer.OrdinalIgnoreCase)
    {
        "processing", "pending", "queued", "in_queue", "running", "in_progress", "in-progress", "in progress", "starting", "started", "submitted",
        "generating", "rendering", "uploading", "encoding", "transcoding", "not_ready", "notready", "not ready", "waiting",
    };

    private static readonly string[] Names = ["status", "state", "job_status", "jobStatus"];

    /// <summary>Returns whether a whole JSON object says, at the top or one level below it, that something is in progress.</summary>
    public static bool IsInProgress(ReadOnlySpan<byte> body)
    {
        using var document = EventJson.TryParse(body.ToArray());
        if (document is null)
        {
            return false;
        }

        return ReportsProgress(document.RootElement)
            || document.RootElement.EnumerateObject().Any(property => property.Value.ValueKind == JsonValueKind.Object && ReportsProgress(property.Value));
    }

    private static bool ReportsProgress(JsonElement element) => element.FirstText(Names) is { } status && InProgress.Contains(status);
}

using System.Globalization;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>Samples of Sync's batch webhooks and their manifest, which has a line for each generation. https://sync.so/docs, "Batch
/// Processing".</summary>
internal static class SyncBatch
{
    private const int Generations = 6;

    /// <summary>Returns a webhook without files. Its counts are in snake case, as in observed webhooks.</summary>
    public static SampleWebhook WithoutResult(SampleScene scene, string status, JobStatus jobStatus) => Webhook(
        scene,
        status,
        null,
        $$"""{"total_generations":{{Generations}},"success_count":0,"failed_count":0,"pending_count":{{Generations}}}""",
        EventState.Recorded,
        jobStatus);

    /// <summary>Returns a webhook with a manifest in which most generations have a file, one failed, and one line is malformed.</summary>
    public static SampleWebhook Completed(SampleScene scene)
    {
        string[] lines =
        [
            Line("first", scene.Media("first.webm")),
            Line("second", scene.Media("second.webm"), scene.Media("second-segment.webm")),
            Line("third", scene.Media("third.webm")),
            """{"requestId":"fourth","response":{"generation":{"id":"fourth","status":"FAILED","error":"No face was found.","error_code":"no_face"}}}""",
            """{"requestId":"fifth","response":{"generation":{"id":"fi""",
            Line("sixth", scene.Media("sixth.webm")),
        ];
        var content = string.Join('\n', lines) + "\n";
        var manifest = scene.Document($"/v2/batch/{scene.JobId}/manifest.jsonl", content, "application/jsonl")
            ?? scene.MediaDocument("manifest.jsonl", content);
        return Webhook(
            scene,
            "COMPLETED",
            manifest,
            $$"""{"totalGenerations":{{Generations}},"successCount":{{Generations - 2}},"failedCount":2,"pendingCount":0}""",
            EventState.CompletedWithFailures,
            JobStatus.Succeeded) with { AssetsFailed = 2 };
    }

    private static string Line(string id, string output, string? segment = null) => $$"""
        {"requestId":"{{id}}","response":{"generation":{"id":"{{id}}","status":"COMPLETED","outputUrl":"{{output}}","segmentOutputUrl":{{SampleJson.Text(segment)}}} } }
        """;

    private static SampleWebhook Webhook(SampleScene scene, string status, string? manifest, string metrics, EventState state, JobStatus jobStatus) => new()
    {
        WebhookId = $"{scene.JobId}:{status}",
        Body = $$"""
            {
              "id": "{{scene.JobId}}",
              "status": "{{status}}",
              "metrics": {{metrics}},
              "outputUrl": {{SampleJson.Text(manifest)}},
              "createdAt": "{{scene.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}}",
              "options": {}
            }
            """,
        State = state,
        JobStatus = jobStatus,
    };
}

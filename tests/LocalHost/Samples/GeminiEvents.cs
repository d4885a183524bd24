using System.Globalization;
using WebhookFunctions.Model;

namespace LocalHost.Samples;

/// <summary>
/// Events of Google's Gemini API, https://ai.google.dev/gemini-api/docs/webhooks, with the API's answers about their jobs. Both modes have the same
/// events. In the dynamic mode the app asks the API to confirm a final state, and uses the API's answer.
/// </summary>
/// <param name="path">The route.</param>
/// <param name="isDynamic">The mode.</param>
internal sealed class GeminiEvents(string path, bool isDynamic)
{
    private const string FileAddress = "https://generativelanguage.googleapis.com/v1beta/files/";

    // The dynamic mode requests the document a first time to confirm the job.
    private int DocumentGets => isDynamic ? 2 : 1;

    /// <summary>The samples that both modes have.</summary>
    public IReadOnlyList<Sample> All =>
    [
        New("video.generated", scene => Video(scene, $$"""
            "output_file_uri":"{{FileAddress}}{{scene.JobId}}:download?alt=media","file_name":"files/{{scene.JobId}}"
            """)),
        New("video.generated:file_name", scene => Video(scene, $"\"file_name\":\"files/{scene.JobId}\"")),
        New("batch.succeeded", scene => FileBatch(scene, "batch.succeeded", $",\"output_file_uri\":\"files/{scene.JobId}\"")),
        New("batch.succeeded:no-link", scene => LinklessBatch(scene, "batch.succeeded")),
        New("batch.succeeded:inline", InlineBatch),
        New("batch.completed", scene => LinklessBatch(scene, "batch.completed")),
        New("batch.failed", scene => EndedBatch(scene, "failed", JobStatus.Failed, ",\"error_code\":\"INTERNAL\",\"error_message\":\"The model is overloaded.\"")),
        New("batch.cancelled", scene => EndedBatch(scene, "cancelled", JobStatus.Cancelled)),
        New("batch.expired", scene => EndedBatch(scene, "expired", JobStatus.Expired)),
        New("interaction.completed", scene => Interaction(scene, "completed", JobStatus.Succeeded, isFetched: true)),
        New("interaction.requires_action", scene => Interaction(scene, "requires_action", JobStatus.NeedsAction, isFetched: true)),
        New("interaction.failed", scene => Interaction(
            scene, "failed", JobStatus.Failed, isFetched: false, ",\"error_code\":\"INVALID_ARGUMENT\",\"error_message\":\"The tool is not known.\"")),
        New("interaction.cancelled", scene => Interaction(scene, "cancelled", JobStatus.Cancelled, isFetched: false)),
        New("unknown", scene => Webhook(scene, "webhook.ping", Data(scene), EventState.Recorded, JobStatus.Unknown)),
    ];

    /// <summary>Creates a sample of this mode.</summary>
    public Sample New(string name, Func<SampleScene, SampleWebhook> write) => new(name, path, write);

    public SampleWebhook Webhook(SampleScene scene, string type, string data, EventState state, JobStatus jobStatus) => new()
    {
        WebhookId = $"msg_{SampleScene.NewId()}",
        Body = $$"""
            {
              "type": "{{type}}",
              "version": "v1",
              "timestamp": "{{scene.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}",
              {{(isDynamic ? "\"user_metadata\": { \"job_group\": \"samples\" }," : "")}}
              "data": {{data}}
            }
            """,
        State = state,
        JobStatus = jobStatus,
    };

    /// <summary>Returns an event's data about its job.</summary>
    public static string Data(SampleScene scene, string more = "") => $$"""{"id":"{{scene.JobId}}"{{more}}}""";

    /// <summary>Adds a file that the Files API serves, named after the job.</summary>
    public static void File(SampleScene scene, bool isBatchFile) => scene.MediaBehind(
        $"{(isBatchFile ? "/download" : "")}/v1beta/files/{scene.JobId}:download", isBatchFile ? "responses.jsonl" : "video.mp4");

    // In the API a video's job is an operation, whose id is its full name.
    private SampleWebhook Video(SampleScene scene, string link)
    {
        var operation = $"models/veo-3.1-generate-preview/operations/{scene.JobId}";
        scene.Answer($"/v1beta/{operation}", $$"""
            {"name":"{{operation}}","done":true,
             "response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"{{FileAddress}}{{scene.JobId}}:download?alt=media"} }]} } }
            """);
        File(scene, isBatchFile: false);
        return Webhook(scene, "video.generated", $$"""{"id":"{{operation}}",{{link.Trim()}}}""", EventState.Completed, JobStatus.Succeeded);
    }

    private SampleWebhook FileBatch(SampleScene scene, string type, string link)
    {
        scene.Answer(BatchPath(scene), Batch(scene, "SUCCEEDED", Responses(scene)));
        File(scene, isBatchFile: true);
        return Webhook(scene, type, Data(scene, link), EventState.Completed, JobStatus.Succeeded);
    }

    private SampleWebhook LinklessBatch(SampleScene scene, string type)
    {
        // In the dynamic mode the API's answer names the file. In the static one, the document is stored first and then expanded.
        if (!isDynamic)
        {
            scene.Document(BatchPath(scene), Batch(scene, "SUCCEEDED", Responses(scene)));
        }

        return FileBatch(scene, type, link: "");
    }

    private SampleWebhook InlineBatch(SampleScene scene)
    {
        const string Response = """{"response":{"candidates":[{"content":{"parts":[{"text":"An answer"}],"role":"model"}}]}}""";
        scene.Document(
            BatchPath(scene),
            Batch(scene, "SUCCEEDED", $$""","response":{"inlinedResponses":{"inlinedResponses":[{{Response}}]} }"""),
            gets: DocumentGets);
        return Webhook(scene, "batch.succeeded", Data(scene), EventState.Completed, JobStatus.Succeeded) with { AssetsRecorded = 1 };
    }

    private SampleWebhook EndedBatch(SampleScene scene, string statusText, JobStatus status, string error = "")
    {
        scene.Answer(BatchPath(scene), Batch(scene, statusText.ToUpperInvariant()));
        return Webhook(scene, $"batch.{statusText}", Data(scene, error), EventState.Recorded, status);
    }

    private SampleWebhook Interaction(SampleScene scene, string statusText, JobStatus status, bool isFetched, string error = "")
    {
        var apiPath = $"/v1beta/interactions/{scene.JobId}";
        var document = $$"""{"id":"{{scene.JobId}}","object":"interaction","status":"{{statusText}}","outputs":[{"type":"text","text":"A lighthouse."}]}""";
        if (isFetched)
        {
            scene.Document(apiPath, document, gets: DocumentGets);
        }
        else
        {
            scene.Answer(apiPath, document);
        }

        return Webhook(scene, $"interaction.{statusText}", Data(scene, error), isFetched ? EventState.Completed : EventState.Recorded, status);
    }

    private static string BatchPath(SampleScene scene) => $"/v1beta/batches/{scene.JobId}";

    private static string Batch(SampleScene scene, string state, string response = "") =>
        $$"""{"name":"batches/{{scene.JobId}}","metadata":{"state":"BATCH_STATE_{{state}}"},"done":true{{response}}}""";

    private static string Responses(SampleScene scene) => $",\"response\":{{\"responsesFile\":\"files/{scene.JobId}\"}}";
}

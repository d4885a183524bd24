using System.Globalization;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;

namespace LocalHost.Commands;

/// <summary>Report of a sample's result, compared with the expected one.</summary>
internal static class SampleOutcome
{
    /// <summary>Writes the event, its job and its files.</summary>
    /// <param name="output">The output.</param>
    /// <param name="found">The event's last known state; null if it never appeared.</param>
    /// <param name="webhook">The webhook, and its expected result.</param>
    /// <param name="files">The expected number of stored files.</param>
    /// <param name="waited">How long the command waited, for an event that has not ended.</param>
    /// <returns>Whether the event ended as expected.</returns>
    public static bool Write(TextWriter output, WatchedEvent? found, SampleWebhook webhook, int files, TimeSpan waited)
    {
        if (found is null)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"After {waited.TotalSeconds:0} s the webhook still has no event. It was accepted, and its message is in the queue webhook-events."));
            return false;
        }

        output.WriteLine(found.HasEnded
            ? $"Event {found.State}, job {found.JobStatus ?? "missing"}"
            : string.Create(CultureInfo.InvariantCulture, $"After {waited.TotalSeconds:0} s the event is still {found.State}. It continues without this command."));
        foreach (var reason in found.Reasons)
        {
            output.WriteLine($"  {reason}");
        }

        foreach (var asset in found.Assets)
        {
            output.WriteLine(asset.Blob is null
                ? $"  {asset.Name}: {asset.State}. {asset.Reason}".TrimEnd()
                : string.Create(CultureInfo.InvariantCulture, $"  {asset.Name}: {asset.State}, {asset.Bytes ?? 0:N0} bytes, blob {StorageNames.AssetsContainer}/{asset.Blob}"));
        }

        if (found.HasEnded && IsAsExpected(found, webhook, files))
        {
            output.WriteLine("This is the expected result of the sample.");
            return true;
        }

        output.WriteLine($"Expected: event {webhook.State}, job {webhook.JobStatus}, {files} {(files == 1 ? "file" : "files")} stored.");
        return false;
    }

    private static bool IsAsExpected(WatchedEvent found, SampleWebhook webhook, int files) =>
        found.State == webhook.State.ToString()
        && found.JobStatus == webhook.JobStatus.ToString()
        && found.Assets.Count(asset => asset.State == nameof(AssetState.Stored)) == files;
}

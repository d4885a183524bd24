using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Providers.Sync;

/// <summary>
/// Reader of a batch's results: JSON Lines, one line for each request, with the generation in <c>response.generation</c>. A batch has 20 to 500 of
/// them, by Sync's limits. Document: https://sync.so/docs, "Batch Processing".
/// </summary>
/// <remarks>
/// Assets are named after the generation, so that a batch that is announced twice fills the same blobs. A line whose id is missing, or was used by
/// an earlier line, names its asset after its number.
/// </remarks>
public static class SyncManifest
{
    internal const string LinePrefix = "line-";
    private const int MaxIdLength = 200;

    /// <summary>Reads the assets that a manifest names, in order. A line with nothing to fetch becomes an asset that says why.</summary>
    public static async IAsyncEnumerable<AssetSource> ReadAsync(Stream content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        await foreach (var (number, line) in JsonLines.ReadAsync(content, cancellationToken))
        {
            foreach (var asset in Assets(line, number, ids))
            {
                yield return asset;
            }
        }
    }

    private static List<AssetSource> Assets(JsonElement line, int number, HashSet<string> ids)
    {
        var generation = Generation(line);
        var stem = generation.Text("id") is { } id && IsName(id) && ids.Add(id)
            ? id
            : LinePrefix + number.ToString("D5", CultureInfo.InvariantCulture);
        var outputs = SyncProvider.Outputs(generation, stem + ".");
        return Problem(line, generation, number, outputs.Count) is { } problem ? [ResultLink.Unfetchable($"{stem}.{SyncProvider.OutputName}", problem)] : outputs;
    }

    // The first place is documented; the others are used elsewhere in the API.
    private static JsonElement Generation(JsonElement line)
    {
        var response = line.Child("response");
        foreach (var candidate in (ReadOnlySpan<JsonElement>)[response.Child("generation"), line.Child("generation"), response])
        {
            if (candidate.ValueKind == JsonValueKind.Object)
            {
                return candidate;
            }
        }

        return line;
    }

    private static bool IsName(string id) =>
        id.Length <= MaxIdLength && !id.StartsWith(LinePrefix, StringComparison.Ordinal) && KeyEncoding.WellFormed(id) == id;

    private static string? Problem(JsonElement line, JsonElement generation, int number, int outputs)
    {
        if (line.ValueKind != JsonValueKind.Object)
        {
            return $"Line {number} of the manifest is too long or not a JSON object.";
        }

        var providerStatus = generation.Text("status");
        return SyncProvider.Status(providerStatus) switch
        {
            JobStatus.Failed or JobStatus.Cancelled => $"The generation ended {providerStatus} at Sync{Reason(generation, line)}.",
            JobStatus.Queued or JobStatus.Running => $"The batch ended with this generation {providerStatus}.",
            // A generation with an unknown status is judged by its links, because the batch has ended and they will not change.
            _ => outputs > 0 ? null : $"Line {number} of the manifest contains no link{Reason(generation, line)}.",
        };
    }

    private static string Reason(JsonElement generation, JsonElement line)
    {
        var error = generation.ErrorText("error") ?? line.ErrorText("error");
        var code = generation.FirstText("error_code", "errorCode") ?? line.Child("error").Text("code");
        return string.Join(", ", new[] { code, error }.OfType<string>()) is { Length: > 0 } reason ? ": " + reason.TrimEnd('.') : "";
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using WebhookFunctions.Json;

namespace LocalHost.Commands;

/// <summary>Tables of at most 80 columns for the answers of the operator routes.</summary>
internal static class ResultTables
{
    private const string More = "There are more: --cursor ";

    /// <summary>Formats the answer of <c>GET jobs</c>.</summary>
    public static string Jobs(JsonElement answer)
    {
        var table = new TextTable(("UPDATED (UTC)", 19), ("PROVIDER", 10), ("STATUS", 11), ("JOB", 34));
        foreach (var job in answer.GetProperty("jobs").EnumerateArray())
        {
            table.Add(TextTable.Time(TimeOf(job, "updatedAt")), job.Text("provider"), job.Text("status"), job.Text("jobId"));
        }

        return WithCursor(table.Count == 0 ? "No jobs." : table.ToString(), answer);
    }

    /// <summary>Formats the answer of <c>GET events</c>: a line for each event, and another for its failure.</summary>
    public static string Events(JsonElement answer)
    {
        var events = answer.GetProperty("events").EnumerateArray().ToList();
        if (events.Count == 0)
        {
            return WithCursor("No events.", answer);
        }

        var table = new TextTable(("RECEIVED (UTC)", 19), ("PROVIDER", 10), ("STATE", 21), ("ID", 24));
        foreach (var row in events)
        {
            table.Add(TextTable.Time(TimeOf(row, "receivedAt")), row.Text("provider"), row.Text("state"), row.Text("webhookId"));
        }

        var lines = table.ToString().Split(Environment.NewLine);
        var text = new StringBuilder(lines[0]);
        for (var i = 0; i < events.Count; i++)
        {
            text.AppendLine().Append(lines[i + 1]);
            if (ReasonOf(events[i]) is { } reason)
            {
                text.AppendLine().Append(TextTable.Cut($"    {reason}", TextTable.Width));
            }
        }

        return WithCursor(text.ToString(), answer);
    }

    /// <summary>Formats the answer of <c>GET jobs/{provider}</c>.</summary>
    public static string Job(JsonElement answer)
    {
        var job = answer.GetProperty("job");
        var text = new StringBuilder()
            .AppendLine(TextTable.Cut($"{job.Text("provider")} {job.Text("jobId")}", TextTable.Width))
            .AppendLine(TextTable.Cut(
                $"{job.Text("status")} ({job.Text("providerStatus") ?? "-"}), {job.Text("assurance")}, {TextTable.Time(TimeOf(job, "updatedAt"))} UTC",
                TextTable.Width));
        if ((job.Text("errorMessage") ?? job.Text("errorCode")) is { } error)
        {
            text.AppendLine(TextTable.Cut($"Error: {error}", TextTable.Width));
        }

        var files = new TextTable(("FILE", 20), ("STATE", 11), ("SIZE", 10), ("TYPE", 14), ("BLOB", 17));
        var blobs = new List<string>();
        foreach (var asset in answer.GetProperty("assets").EnumerateArray())
        {
            var blob = asset.Text("blob");
            files.Add(
                asset.Text("name"),
                asset.Text("state"),
                asset.GetProperty("bytes").ValueKind == JsonValueKind.Number ? TextTable.Bytes(asset.GetProperty("bytes").GetInt64()) : null,
                asset.Text("contentType"),
                blob?[(blob.LastIndexOf('/') + 1)..]);
            if (asset.Text("reason") is { } reason)
            {
                blobs.Add(TextTable.Cut($"  {asset.Text("name")}: {reason}. {asset.Text("lastError")}", TextTable.Width));
            }
        }

        text.AppendLine().AppendLine(files.Count == 0 ? "No files." : files.ToString());
        blobs.ForEach(line => text.AppendLine(line));
        var events = new TextTable(("RECEIVED (UTC)", 19), ("EVENT", 24), ("STATE", 21));
        foreach (var row in answer.GetProperty("events").EnumerateArray())
        {
            events.Add(TextTable.Time(TimeOf(row, "receivedAt")), row.Text("type"), row.Text("state"));
        }

        return text.AppendLine().Append(events).ToString();
    }

    /// <summary>Formats the answer of <c>GET health/details</c>.</summary>
    public static string Health(JsonElement answer)
    {
        var table = new TextTable(("PART", 20), ("STATUS", 6), ("", 50));
        foreach (var kind in (string[])["storage", "queues", "providers"])
        {
            foreach (var part in answer.GetProperty(kind).EnumerateObject())
            {
                table.Add(part.Name, part.Value.Text("status"), NoteOf(part.Value) ?? "");
            }
        }

        return $"{answer.Text("status")}{Environment.NewLine}{Environment.NewLine}{table}";
    }

    private static string? NoteOf(JsonElement part) =>
        part.Text("error")
        ?? (part.TryGetProperty("problems", out var problems) && problems.GetArrayLength() > 0
            ? string.Join("; ", problems.EnumerateArray().Select(problem => $"{problem.Text("setting")}: {problem.Text("reason")}"))
            : part.Text("note"));

    private static string? ReasonOf(JsonElement row)
    {
        var reason = string.Join(". ", new[] { row.Text("errorCode"), row.Text("errorMessage") ?? row.Text("lastError") }.OfType<string>());
        return reason.Length > 0 ? reason
            : row.TryGetProperty("failures", out var failures) && failures.ValueKind == JsonValueKind.Array && failures.GetArrayLength() > 0
                ? string.Join("; ", failures.EnumerateArray().Select(
                    failure => string.Create(CultureInfo.InvariantCulture, $"{failure.Text("asset")}: {failure.Text("errorCode")}. {failure.Text("lastError")}")))
                : null;
    }

    private static string WithCursor(string text, JsonElement answer) =>
        answer.Text("cursor") is { } cursor ? $"{text}{Environment.NewLine}{Environment.NewLine}{More}{cursor}" : text;

    private static DateTimeOffset? TimeOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time) ? time : null;
}

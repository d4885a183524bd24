using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LocalHost.Commands;

/// <summary>Answers of the operator's routes as tables of at most 80 columns.</summary>
internal static class ResultTables
{
    private const string More = "There are more: --cursor ";

    /// <summary>Formats what <c>GET jobs</c> answered.</summary>
    public static string Jobs(JsonElement answer)
    {
        var table = new TextTable(("UPDATED (UTC)", 19), ("PROVIDER", 10), ("STATUS", 11), ("JOB", 34));
        foreach (var job in answer.GetProperty("jobs").EnumerateArray())
        {
            table.Add(TextTable.Time(TimeOf(job, "updatedAt")), Text(job, "provider"), Text(job, "status"), Text(job, "jobId"));
        }

        return WithCursor(table.Count == 0 ? "No jobs." : table.ToString(), answer);
    }

    /// <summary>Formats what <c>GET events</c> answered: a line for each event, and one more for what went wrong.</summary>
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
            table.Add(TextTable.Time(TimeOf(row, "receivedAt")), Text(row, "provider"), Text(row, "state"), Text(row, "webhookId"));
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

    /// <summary>Formats what <c>GET jobs/{provider}</c> answered.</summary>
    public static string Job(JsonElement answer)
    {
        var job = answer.GetProperty("job");
        var text = new StringBuilder()
            .AppendLine(TextTable.Cut($"{Text(job, "provider")} {Text(job, "jobId")}", TextTable.Width))
            .AppendLine(TextTable.Cut(
                $"{Text(job, "status")} ({Text(job, "providerStatus") ?? "-"}), {Text(job, "assurance")}, {TextTable.Time(TimeOf(job, "updatedAt"))} UTC",
                TextTable.Width));
        if ((Text(job, "errorMessage") ?? Text(job, "errorCode")) is { } error)
        {
            text.AppendLine(TextTable.Cut($"Error: {error}", TextTable.Width));
        }

        var files = new TextTable(("FILE", 20), ("STATE", 11), ("SIZE", 10), ("TYPE", 14), ("BLOB", 17));
        var blobs = new List<string>();
        foreach (var asset in answer.GetProperty("assets").EnumerateArray())
        {
            var blob = Text(asset, "blob");
            files.Add(
                Text(asset, "name"),
                Text(asset, "state"),
                asset.GetProperty("bytes").ValueKind == JsonValueKind.Number ? TextTable.Bytes(asset.GetProperty("bytes").GetInt64()) : null,
                Text(asset, "contentType"),
                blob?[(blob.LastIndexOf('/') + 1)..]);
            if (Text(asset, "reason") is { } reason)
            {
                blobs.Add(TextTable.Cut($"  {Text(asset, "name")}: {reason}. {Text(asset, "lastError")}", TextTable.Width));
            }
        }

        text.AppendLine().AppendLine(files.Count == 0 ? "No files." : files.ToString());
        blobs.ForEach(line => text.AppendLine(line));
        var events = new TextTable(("RECEIVED (UTC)", 19), ("EVENT", 24), ("STATE", 21));
        foreach (var row in answer.GetProperty("events").EnumerateArray())
        {
            events.Add(TextTable.Time(TimeOf(row, "receivedAt")), Text(row, "type"), Text(row, "state"));
        }

        return text.AppendLine().Append(events).ToString();
    }

    /// <summary>Formats what <c>GET health/details</c> answered.</summary>
    public static string Health(JsonElement answer)
    {
        var table = new TextTable(("PART", 20), ("STATUS", 6), ("", 50));
        foreach (var kind in (string[])["storage", "queues", "providers"])
        {
            foreach (var part in answer.GetProperty(kind).EnumerateObject())
            {
                table.Add(part.Name, Text(part.Value, "status"), NoteOf(part.Value) ?? "");
            }
        }

        return $"{Text(answer, "status")}{Environment.NewLine}{Environment.NewLine}{table}";
    }

    private static string? NoteOf(JsonElement part) =>
        Text(part, "error")
        ?? (part.TryGetProperty("problems", out var problems) && problems.GetArrayLength() > 0
            ? string.Join("; ", problems.EnumerateArray().Select(problem => $"{Text(problem, "setting")}: {Text(problem, "problem")}"))
            : Text(part, "note"));

    private static string? ReasonOf(JsonElement row)
    {
        var reason = string.Join(". ", new[] { Text(row, "errorCode"), Text(row, "errorMessage") ?? Text(row, "lastError") }.OfType<string>());
        return reason.Length > 0 ? reason
            : row.TryGetProperty("failures", out var failures) && failures.ValueKind == JsonValueKind.Array && failures.GetArrayLength() > 0
                ? string.Join("; ", failures.EnumerateArray().Select(
                    failure => string.Create(CultureInfo.InvariantCulture, $"{Text(failure, "asset")}: {Text(failure, "errorCode")}. {Text(failure, "lastError")}")))
                : null;
    }

    private static string WithCursor(string text, JsonElement answer) =>
        Text(answer, "cursor") is { } cursor ? $"{text}{Environment.NewLine}{Environment.NewLine}{More}{cursor}" : text;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset? TimeOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time) ? time : null;
}

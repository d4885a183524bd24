using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LocalHost.Commands;

/// <summary>Table of dead letters that fits a terminal of 80 columns: a line for each, and a second one with the host of its link and what went wrong.</summary>
internal static class DeadLetterTable
{
    /// <summary>No line is longer, in characters.</summary>
    public const int Width = 80;

    private const int NumberWidth = 8;
    private const int JobWidth = 36;
    private const int AssetWidth = 14;
    private const int ReasonWidth = Width - NumberWidth - JobWidth - AssetWidth - 6;

    /// <summary>Formats what <c>GET dead-letters/{queue}</c> answered.</summary>
    public static string Format(string queue, JsonElement answer)
    {
        var messages = answer.GetProperty("messages").EnumerateArray().ToList();
        if (messages.Count == 0)
        {
            return $"No dead letters in {queue}.";
        }

        var table = new StringBuilder().AppendLine(Row("NUMBER", "JOB", "ASSET", "REASON"));
        foreach (var message in messages)
        {
            table.AppendLine(Row(
                message.GetProperty("sequenceNumber").GetInt64().ToString(CultureInfo.InvariantCulture),
                Text(message, "jobId") ?? "?",
                Text(message, "asset") ?? "-",
                Text(message, "reason") ?? "-"));
            var place = Text(message, "host") ?? Text(message, "webhookId") ?? Text(message, "messageId") ?? "?";
            table.Append(' ', NumberWidth + 2).AppendLine(Cut($"{Cut(place, JobWidth)}: {Text(message, "description")}", Width - NumberWidth - 2));
        }

        table.AppendLine().Append(CultureInfo.InvariantCulture, $"{messages.Count} dead letters. --json shows all of each.");
        if (Text(answer, "cursor") is { } cursor)
        {
            table.AppendLine().Append(CultureInfo.InvariantCulture, $"There are more: --cursor {cursor}");
        }

        return table.ToString();
    }

    private static string Row(string number, string job, string asset, string reason) =>
        $"{number.PadLeft(NumberWidth)}  {Cut(job, JobWidth).PadRight(JobWidth)}  {Cut(asset, AssetWidth).PadRight(AssetWidth)}  {Cut(reason, ReasonWidth)}".TrimEnd();

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // What a sender chose may hold line breaks and what a terminal takes for commands.
    private static string Cut(string text, int width)
    {
        var line = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            line.Append(char.IsControl(character) ? ' ' : character);
        }

        return line.Length <= width ? line.ToString() : $"{line.ToString(0, width - 1)}…";
    }
}

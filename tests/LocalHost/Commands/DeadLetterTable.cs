using System.Globalization;
using System.Text;
using System.Text.Json;
using WebhookFunctions.Json;

namespace LocalHost.Commands;

/// <summary>Table of dead letters for a terminal of 80 columns. Each has one line, and a second one with its link's host and the failure.</summary>
internal static class DeadLetterTable
{
    private const int NumberWidth = 8;
    private const int JobWidth = 36;
    private const int AssetWidth = 14;
    private const int ReasonWidth = TextTable.Width - NumberWidth - JobWidth - AssetWidth - 6;

    /// <summary>Formats the answer of <c>GET dead-letters/{queue}</c>.</summary>
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
                message.Text("jobId") ?? "?",
                message.Text("asset") ?? "-",
                message.Text("reason") ?? "-"));
            var place = message.Text("host") ?? message.Text("webhookId") ?? message.Text("messageId") ?? "?";
            table.Append(' ', NumberWidth + 2).AppendLine(TextTable.Cut($"{TextTable.Cut(place, JobWidth)}: {message.Text("description")}", TextTable.Width - NumberWidth - 2));
        }

        table.AppendLine().Append(CultureInfo.InvariantCulture, $"{messages.Count} dead letters. --json shows all of each.");
        if (answer.Text("cursor") is { } cursor)
        {
            table.AppendLine().Append(CultureInfo.InvariantCulture, $"There are more: --cursor {cursor}");
        }

        return table.ToString();
    }

    private static string Row(string number, string job, string asset, string reason) =>
        $"{number.PadLeft(NumberWidth)}  {TextTable.Cut(job, JobWidth).PadRight(JobWidth)}  {TextTable.Cut(asset, AssetWidth).PadRight(AssetWidth)}  {TextTable.Cut(reason, ReasonWidth)}".TrimEnd();
}

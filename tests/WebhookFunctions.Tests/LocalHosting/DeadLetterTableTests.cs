using System.Text.Json;
using LocalHost.Commands;

namespace WebhookFunctions.Tests.LocalHosting;

/// <summary>Tests of the table of <c>dead-letters</c> for a terminal of 80 columns.</summary>
public sealed class DeadLetterTableTests
{
    [Fact]
    public void A_dead_letter_is_shown_by_its_number_job_asset_host_and_reason()
    {
        var table = Format(new
        {
            messages = new[]
            {
                new
                {
                    sequenceNumber = 17,
                    jobId = "6533643b-acbe-4c40-967e-d9ba9baac39e",
                    asset = (string?)"output",
                    host = (string?)"cdn.sync.so",
                    webhookId = "id",
                    reason = "NotFound",
                    description = "The source answered 404.",
                },
                new
                {
                    sequenceNumber = 18,
                    jobId = "a",
                    asset = (string?)null,
                    host = (string?)null,
                    webhookId = "a:COMPLETED",
                    reason = "BodyMissing",
                    description = "The blob is gone.",
                },
            },
            cursor = "18",
        });

        Assert.Equal(
            [
                "  NUMBER  JOB                                   ASSET           REASON",
                "      17  6533643b-acbe-4c40-967e-d9ba9baac39e  output          NotFound",
                "          cdn.sync.so: The source answered 404.",
                "      18  a                                     -               BodyMissing",
                "          a:COMPLETED: The blob is gone.",
                "",
                "2 dead letters. --json shows all of each.",
                "There are more: --cursor 18",
            ],
            table);
    }

    [Fact]
    public void No_text_of_a_sender_makes_a_line_longer_than_the_terminal()
    {
        var table = Format(new
        {
            messages = new[]
            {
                new
                {
                    sequenceNumber = 1,
                    jobId = new string('j', 1000),
                    asset = new string('a', 1000),
                    host = new string('h', 200),
                    reason = new string('r', 200),
                    description = "Two\nlines\u001b[31m " + new string('d', 1000),
                },
            },
        });

        Assert.Equal(5, table.Count);
        Assert.All(table, line => Assert.InRange(line.Length, 0, TextTable.Width));
        Assert.DoesNotContain(table, line => line.Contains('\u001b', StringComparison.Ordinal));
    }

    [Fact]
    public void An_unreadable_message_is_shown_too() => Assert.Equal(
        "          m1:",
        Format(new { messages = new[] { new { sequenceNumber = 1, messageId = "m1" } } })[2]);

    [Fact]
    public void An_empty_list_of_dead_letters_is_reported_as_such() => Assert.Equal(["No dead letters in asset-downloads."], Format(new { messages = Array.Empty<object>() }));

    private static IReadOnlyList<string> Format(object answer) =>
        [.. DeadLetterTable.Format("asset-downloads", JsonSerializer.SerializeToElement(answer)).ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())];
}

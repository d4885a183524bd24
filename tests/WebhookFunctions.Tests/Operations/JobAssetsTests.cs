using Azure.Data.Tables;
using WebhookFunctions.Operations.Queries;

namespace WebhookFunctions.Tests.Operations;

public sealed class JobAssetsTests
{
    public static TheoryData<string, (string Event, string Name, string State, string Assurance)[], string[]> Rows => new()
    {
        { "one event", [("a", "video", "Stored", "Signed"), ("a", "poster", "Failed", "Signed")], ["a/video/Stored", "a/poster/Failed"] },
        { "the newest of two", [("new", "video", "Retrying", "Signed"), ("old", "video", "Failed", "Signed")], ["new/video/Retrying"] },
        { "the stored of two", [("new", "video", "Failed", "Signed"), ("old", "video", "Stored", "Confirmed")], ["old/video/Stored"] },
        { "the newest of two stored", [("new", "video", "Stored", "Signed"), ("old", "video", "Stored", "Signed")], ["new/video/Stored"] },
        {
            "an unproven one is listed separately, after the proven one",
            [("x", "video", "Stored", "Unconfirmed"), ("y", "video", "Recorded", "Unconfirmed"), ("z", "video", "Pending", "Signed")],
            ["z/video/Pending", "x/video/Stored", "y/video/Recorded"]
        },
        { "a state of a newer version", [("a", "video", "Melted", "Signed")], ["a/video/Melted"] },
        { "none", [], [] },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_asset_of_a_job_is_listed_once(string what, (string Event, string Name, string State, string Assurance)[] rows, string[] expected)
    {
        Assert.NotEmpty(what);
        var gathered = JobAssets.Gather(rows.Select((row, i) => new TableEntity(row.Event, $"asset:{i:D5}")
        {
            ["Name"] = row.Name,
            ["State"] = row.State,
            ["Assurance"] = row.Assurance,
        }));

        Assert.Equal(expected, gathered.Select(row => $"{row.PartitionKey}/{row.GetString("Name")}/{row.GetString("State")}"));
    }

    [Theory]
    [InlineData("sync", "job-1", "sync/job-1/output.mp4", "sync-job-1-output.mp4")]
    [InlineData("gemini", "models/veo/operations/x1", "gemini/models%2Fveo%2Foperations%2Fx1/video.mp4", "gemini-x1-video.mp4")]
    [InlineData("replicate", "späß \"🎬\"\r\n", "replicate/x/output%5B0%5D.png", "replicate-sp_________-output_0_.png")]
    [InlineData("sync", "..", "sync/%2E%2E/output.mp4", "sync-..-output.mp4")]
    public void A_file_name_consists_of_provider_job_and_asset_in_safe_characters(string provider, string job, string blob, string expected) =>
        Assert.Equal(expected, JobAssets.FileName(provider, job, blob));

    [Fact]
    public void A_long_file_name_keeps_its_end()
    {
        var name = JobAssets.FileName("sync", new string('j', 500), $"sync/x/{new string('a', 80)}.mp4");

        Assert.Equal(120, name.Length);
        Assert.EndsWith("aaa.mp4", name, StringComparison.Ordinal);
    }
}

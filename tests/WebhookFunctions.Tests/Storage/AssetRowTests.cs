using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Tests.Storage;

public sealed class AssetRowTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, null, AssetState.Pending, null)]
    [InlineData("No link.", null, AssetState.Failed, "No link.")]
    [InlineData(null, "In a bucket.", AssetState.Recorded, "In a bucket.")]
    public void A_new_asset_is_pending_unless_there_is_nothing_to_fetch(string? problem, string? elsewhere, AssetState state, string? says)
    {
        var row = AssetRow.Create(
            "gemini:id", 7, new AssetSource { Name = "video", Url = "https://cdn.example/v.mp4?token=secret", FetchError = problem, ExternalReason = elsewhere }, Assurance.Confirmed, Now);

        Assert.Equal(("gemini:id", "asset:00007", "video", state, says, Now), (row.PartitionKey, row.RowKey, row.Name, row.State, row.LastError, row.UpdatedAt));
        Assert.Equal(("https://cdn.example/v.mp4", Assurance.Confirmed), (row.SourceUrl, row.Assurance));
    }

    [Theory]
    [InlineData("https://user:password@cdn.example:8443/a/v.mp4?token=secret#secret", "https://cdn.example:8443/a/v.mp4")]
    [InlineData("http://127.0.0.1:8080/v.mp4", "http://127.0.0.1:8080/v.mp4")]
    [InlineData("gs://bucket/object?secret", "gs://bucket/object")]
    [InlineData("ftp://user@host.example/f", "ftp://host.example/f")]
    [InlineData("gs://bucket/object#secret", "gs://bucket/object")]
    [InlineData("ftp://host.example/f?secret", "ftp://host.example/f")]
    [InlineData("ftp://host.example/f#secret", "ftp://host.example/f")]
    [InlineData("ftp://host.example/f;type=secret", "ftp://host.example/f")]
    [InlineData("FTP://user:secret@host.example/f?a=secret#secret", "ftp://host.example/f")]
    [InlineData("sftp://host.example/f?secret", null)]
    [InlineData("file:///etc/passwd", null)]
    [InlineData("data:text/plain,secret", null)]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("/relative?secret", null)]
    [InlineData("", null)]
    public void A_links_secrets_are_not_stored_in_the_table(string url, string? shown) => Assert.Equal(shown, AssetRow.WithoutSecrets(url));

    [Theory]
    [InlineData(AssetState.Pending, false)]
    [InlineData(AssetState.Downloading, false)]
    [InlineData(AssetState.Retrying, false)]
    [InlineData(AssetState.Stored, true)]
    [InlineData(AssetState.Failed, true)]
    [InlineData(AssetState.Recorded, true)]
    public void An_asset_has_ended_if_only_an_operator_can_change_it(AssetState state, bool hasEnded) =>
        Assert.Equal(hasEnded, new AssetRow { State = state }.IsFinal);

    [Theory]
    [InlineData(AssetState.Downloading, 1, null, true)]
    [InlineData(AssetState.Downloading, 0, null, false)]
    [InlineData(AssetState.Downloading, -1, 1, true)]
    [InlineData(AssetState.Downloading, null, 1, true)]
    [InlineData(AssetState.Downloading, -1, -1, false)]
    [InlineData(AssetState.Retrying, null, 1, true)]
    [InlineData(AssetState.Retrying, null, 0, false)]
    [InlineData(AssetState.Pending, null, 1, true)]
    [InlineData(AssetState.Pending, null, null, false)]
    [InlineData(AssetState.Stored, 1, 1, false)]
    [InlineData(AssetState.Failed, 1, 1, false)]
    public void An_asset_is_in_progress_while_it_has_a_lease_or_a_scheduled_or_waiting_message(AssetState state, int? leaseExpiry, int? scheduled, bool isAwaited) =>
        Assert.Equal(isAwaited, new AssetRow { State = state, LeaseExpiresAt = At(leaseExpiry), NextAttemptAt = At(scheduled) }.IsAwaited(Now));

    [Fact]
    public void A_reopened_asset_starts_over_and_keeps_its_last_error()
    {
        var row = new AssetRow
        {
            State = AssetState.Failed, Attempts = 5, NextAttemptAt = Now, LeaseOwner = "1:a", LeaseExpiresAt = Now, ErrorCode = "NotFound", LastError = "404", Blob = "b",
        };

        row.Reopen(Now + TimeSpan.FromMinutes(1));

        Assert.Equal((AssetState.Pending, 0, null, null, null), (row.State, row.Attempts, row.NextAttemptAt, row.LeaseOwner, row.LeaseExpiresAt));
        Assert.Equal(("NotFound", "404", "b", Now + TimeSpan.FromMinutes(1)), (row.ErrorCode, row.LastError, row.Blob, row.UpdatedAt));
    }

    [Fact]
    public void The_keys_of_assets_have_the_order_of_their_numbers() =>
        Assert.Equal(["asset:00000", "asset:00009", "asset:00010", "asset:12345"], ((int[])[0, 9, 10, 12345]).Select(AssetRow.KeyOf).Order(StringComparer.Ordinal));

    private static DateTimeOffset? At(int? seconds) => seconds is { } count ? Now + TimeSpan.FromSeconds(count) : null;
}

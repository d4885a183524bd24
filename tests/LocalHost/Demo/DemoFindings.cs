using System.Security.Cryptography;
using Azure.Data.Tables;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace LocalHost.Demo;

/// <summary>An event that was sent, its row and its assets'.</summary>
/// <param name="Delivery">How it was sent.</param>
/// <param name="Row">Null: there is none.</param>
/// <param name="BodyHash">The hash of the body in container <c>raw-events</c>; null: there is none.</param>
/// <param name="Assets">What it brought.</param>
internal sealed record FoundEvent(Delivery Delivery, EventRow? Row, string? BodyHash, IReadOnlyList<FoundAsset> Assets)
{
    /// <summary>Whether its body was kept byte for byte.</summary>
    public bool IsBodyEqual => BodyHash == Convert.ToHexStringLower(SHA256.HashData(Delivery.Body.Span));

    private SampleWebhook Webhook => Delivery.Webhook;

    public int AssetsExpected => Delivery.Scene.Files.Count + Webhook.AssetsFailed;

    public bool IsAsExpected => IsBodyEqual && Row is { } row && row.State == Webhook.State
        && row.AssetsStored == Delivery.Scene.Files.Count && row.AssetsFailed == Webhook.AssetsFailed && row.AssetsTotal == AssetsExpected
        && Assets.Count(asset => asset.Row?.State == AssetState.Recorded) == Webhook.AssetsRecorded;
}

/// <summary>What was to be fetched, as its source has it, and how often it was asked for.</summary>
internal sealed record FetchedSource(SampleFile File, long Bytes, string Sha256, int Gets);

/// <summary>An asset's row, where it came from, and the hash of the blob's content as it was read back.</summary>
/// <param name="Row">Null: there is none.</param>
/// <param name="Source">Null: there was nothing to fetch, and the row says why.</param>
/// <param name="BlobHash">Null: there is no blob.</param>
internal sealed record FoundAsset(AssetRow? Row, FetchedSource? Source, string? BlobHash)
{
    /// <summary>The same bytes at the source, on the row and in the blob.</summary>
    public bool IsHashEqual => Source is { } source && BlobHash == source.Sha256 && Row?.Sha256 == source.Sha256;

    /// <summary>Fetched once, however many webhooks link it; no token on the row. Or kept with the reason why there is nothing to fetch.</summary>
    public bool IsAsExpected => Source is { } source
        ? Row is { State: AssetState.Stored } row && source.Gets == source.File.Gets && row.Bytes == source.Bytes && IsHashEqual
            && row.SourceUrl?.Contains('?') == false
        : Row is { State: AssetState.Failed or AssetState.Recorded, LastError: not null };
}

/// <summary>A job that a webhook announced, by its last one, and its row.</summary>
internal sealed record FoundJob(Delivery Last, TableEntity? Row)
{
    public string? Status => Row?.GetString("Status");

    public bool IsAsExpected => Status == Last.Webhook.JobStatus.ToString();
}

/// <summary>Everything that the demo found.</summary>
/// <param name="Answers">Of every POST.</param>
/// <param name="Events">One for each genuine webhook.</param>
/// <param name="Jobs">One for each job.</param>
/// <param name="EventRows">How many events there are in all.</param>
/// <param name="KeysSeen">The headers with an API's key that the media host was shown.</param>
internal sealed record DemoFindings(
    IReadOnlyList<Answer> Answers, IReadOnlyList<FoundEvent> Events, IReadOnlyList<FoundJob> Jobs, int EventRows, IReadOnlyList<string> KeysSeen)
{
    /// <summary>What differs from what should be, in words.</summary>
    public IReadOnlyList<string> Problems =>
    [
        .. Answers.Where(answer => !answer.IsAsExpected).Select(answer =>
            $"{answer.Delivery} ({answer.Delivery.Kind}) was answered {answer.Status}, not {answer.Delivery.ExpectedStatus}."),
        .. Events.Where(found => !found.IsAsExpected).Select(found =>
            $"The event of {found.Delivery} is {found.Row?.State.ToString() ?? "not there"}, not {found.Delivery.Webhook.State}, "
            + $"with {found.Row?.AssetsStored ?? 0} of {found.AssetsExpected} assets stored and {found.Row?.AssetsFailed ?? 0} failed; "
            + $"its body {(found.IsBodyEqual ? "was kept" : "differs")}."),
        .. Events.SelectMany(found => found.Assets.Where(asset => !asset.IsAsExpected).Select(asset =>
            $"An asset of {found.Delivery} is {asset.Row?.State.ToString() ?? "not there"}, asked for {asset.Source?.Gets ?? 0} times. {asset.Row?.LastError}")),
        .. Jobs.Where(found => !found.IsAsExpected).Select(found =>
            $"The job of {found.Last} is {found.Status ?? "not there"}, not {found.Last.Webhook.JobStatus}."),
        .. EventRows == Events.Count ? Array.Empty<string>() : [$"There are {EventRows} events, not {Events.Count}."],
        .. KeysSeen.Select(header => $"The media host was shown a provider's key, {header}."),
    ];
}

using System.Security.Cryptography;
using Azure.Data.Tables;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace LocalHost.Demo;

/// <summary>Event of a webhook that was sent, with its row and its assets' rows.</summary>
/// <param name="Delivery">The webhook that was sent.</param>
/// <param name="Row">The event's row; null if there is none.</param>
/// <param name="BodyHash">The hash of the body in container <c>raw-events</c>; null if there is none.</param>
/// <param name="Assets">The event's assets.</param>
internal sealed record FoundEvent(Delivery Delivery, EventRow? Row, string? BodyHash, IReadOnlyList<FoundAsset> Assets)
{
    /// <summary>Gets whether the stored body equals the sent one byte for byte.</summary>
    public bool IsBodyEqual => BodyHash == Convert.ToHexStringLower(SHA256.HashData(Delivery.Body.Span));

    private SampleWebhook Webhook => Delivery.Webhook;

    public int AssetsExpected => Delivery.Scene.Files.Count + Webhook.AssetsFailed;

    public bool IsAsExpected => IsBodyEqual && Row is { } row && row.State == Webhook.State
        && row.AssetsStored == Delivery.Scene.Files.Count && row.AssetsFailed == Webhook.AssetsFailed && row.AssetsTotal == AssetsExpected
        && Assets.Count(asset => asset.Row?.State == AssetState.Recorded) == Webhook.AssetsRecorded;
}

/// <summary>Source of an asset, with the hash of its content and the number of requests for it.</summary>
internal sealed record FetchedSource(SampleFile File, long Bytes, string Sha256, int Gets);

/// <summary>Asset with its row, its source, and the hash of the content of its blob.</summary>
/// <param name="Row">The row; null if there is none.</param>
/// <param name="Source">The source; null if the asset could not be fetched, and the row says why.</param>
/// <param name="BlobHash">The hash; null if there is no blob.</param>
internal sealed record FoundAsset(AssetRow? Row, FetchedSource? Source, string? BlobHash)
{
    /// <summary>Gets whether source, row and blob have the same hash.</summary>
    public bool IsHashEqual => Source is { } source && BlobHash == source.Sha256 && Row?.Sha256 == source.Sha256;

    /// <summary>Gets whether the asset was fetched once, even if several webhooks link to it, and its row contains no token. An asset without a source
    /// must have a row with a reason.</summary>
    public bool IsAsExpected => Source is { } source
        ? Row is { State: AssetState.Stored } row && source.Gets == source.File.Gets && row.Bytes == source.Bytes && IsHashEqual
            && row.SourceUrl?.Contains('?') == false
        : Row is { State: AssetState.Failed or AssetState.Recorded, LastError: not null };
}

/// <summary>Job with its row and the last webhook that reported it.</summary>
internal sealed record FoundJob(Delivery Last, TableEntity? Row)
{
    public string? Status => Row?.GetString("Status");

    public bool IsAsExpected => Status == Last.Webhook.JobStatus.ToString();
}

/// <summary>Findings of the demo about all requests and their results.</summary>
/// <param name="Answers">The answers to all requests.</param>
/// <param name="Events">The events, one for each genuine webhook.</param>
/// <param name="Jobs">The jobs.</param>
/// <param name="EventRows">The total number of events.</param>
/// <param name="KeysSeen">The headers with an API's key that reached the media host.</param>
internal sealed record DemoFindings(
    IReadOnlyList<Answer> Answers, IReadOnlyList<FoundEvent> Events, IReadOnlyList<FoundJob> Jobs, int EventRows, IReadOnlyList<string> KeysSeen)
{
    /// <summary>Gets the differences from the expected results.</summary>
    public IReadOnlyList<string> Problems =>
    [
        .. Answers.Where(answer => !answer.IsAsExpected).Select(answer =>
            $"{answer.Delivery} ({answer.Delivery.Kind}) was answered {answer.Status}, not {answer.Delivery.ExpectedStatus}."),
        .. Events.Where(found => !found.IsAsExpected).Select(found =>
            $"The event of {found.Delivery} is {found.Row?.State.ToString() ?? "missing"}, not {found.Delivery.Webhook.State}, "
            + $"with {found.Row?.AssetsStored ?? 0} of {found.AssetsExpected} assets stored and {found.Row?.AssetsFailed ?? 0} failed; "
            + $"its body {(found.IsBodyEqual ? "was kept" : "differs")}."),
        .. Events.SelectMany(found => found.Assets.Where(asset => !asset.IsAsExpected).Select(asset =>
            $"An asset of {found.Delivery} is {asset.Row?.State.ToString() ?? "missing"}, requested {asset.Source?.Gets ?? 0} times. {asset.Row?.LastError}")),
        .. Jobs.Where(found => !found.IsAsExpected).Select(found =>
            $"The job of {found.Last} is {found.Status ?? "missing"}, not {found.Last.Webhook.JobStatus}."),
        .. EventRows == Events.Count ? Array.Empty<string>() : [$"There are {EventRows} events, not {Events.Count}."],
        .. KeysSeen.Select(header => $"The media host received a provider's key in {header}."),
    ];
}

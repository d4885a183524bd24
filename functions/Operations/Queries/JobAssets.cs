using Azure.Data.Tables;
using WebhookFunctions.Model;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Assets of a job, collected from its events.</summary>
public static class JobAssets
{
    /// <summary>
    /// Returns one row for each asset. If several webhooks brought the same asset, returns the stored one, or else the newest. Assets of unconfirmed
    /// events have blobs of their own, so each of them is returned separately.
    /// </summary>
    /// <param name="rows">The asset rows of all events of the job, the newest event first.</param>
    public static IReadOnlyList<TableEntity> Gather(IEnumerable<TableEntity> rows) =>
    [
        .. rows
            .GroupBy(row => (Name: row.GetString(nameof(AssetRow.Name)), Event: IsProven(row) ? "" : row.PartitionKey))
            .Select(group => group.MaxBy(row => row.GetString(nameof(AssetRow.State)) == nameof(AssetState.Stored) ? 1 : 0)!)
            .OrderBy(row => !IsProven(row))
            .ThenBy(row => row.RowKey, StringComparer.Ordinal),
    ];

    /// <summary>
    /// Returns the name under which a browser saves a blob. It consists of provider, job, asset and extension, in letters, digits, dots, hyphens and
    /// underscores.
    /// </summary>
    public static string FileName(string provider, string jobId, string blob)
    {
        const int Longest = 120;
        var (job, file) = (jobId[(jobId.LastIndexOf('/') + 1)..], blob[(blob.LastIndexOf('/') + 1)..]);
        var name = string.Concat($"{provider}-{job}-{Uri.UnescapeDataString(file)}".Select(
            character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' ? character : '_'));
        return name.Length <= Longest ? name : name[^Longest..].TrimStart('.');
    }

    private static bool IsProven(TableEntity row) =>
        row.GetString(nameof(AssetRow.Assurance)) is nameof(Assurance.Signed) or nameof(Assurance.Confirmed);
}

using Azure.Data.Tables;

namespace WebhookFunctions.Storage;

/// <summary>
/// Ranges of keys whose parts are separated by colons. No part contains a semicolon, which sorts directly after the colon.
/// </summary>
internal static class KeyRange
{
    /// <summary>Returns a key that sorts after <paramref name="key"/> and after every key that begins with it and a colon.</summary>
    public static string After(string key) => key + ";";

    /// <summary>Returns the filter for the rows of a partition whose keys begin with <paramref name="kind"/> and a colon.</summary>
    public static string Filter(string partitionKey, string kind) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {partitionKey} and RowKey ge {kind + ":"} and RowKey lt {After(kind)}");
}

using System.Buffers.Text;
using System.Text;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Operations.Queries;

/// <summary>
/// Cursor of a list of events or jobs that marks where a page ended. The caller sends it back as it is. It is valid only for its own list.
/// </summary>
internal static class ListCursor
{
    /// <summary>Returns the cursor of a page of <paramref name="list"/> that ended with the event of this first row key.</summary>
    public static string Encode(string list, string rowKey) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{list}/{rowKey}"));

    /// <summary>Returns the row key in a cursor of <paramref name="list"/>; null if it is not such a cursor.</summary>
    public static string? RowKeyOf(string cursor, string list)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(cursor.Length)];
        return Base64Url.IsValid(cursor)
            && Base64Url.TryDecodeFromChars(cursor, bytes, out var length)
            && Encoding.ASCII.GetString(bytes, 0, length).Split('/') is [var name, var rowKey]
            && name == list
            && EventIndexKeys.ReceivedAtOf(rowKey) is not null
                ? rowKey
                : null;
    }
}

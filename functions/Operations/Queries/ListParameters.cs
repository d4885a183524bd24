using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Query parameters that all lists share.</summary>
internal static class ListParameters
{
    /// <summary>The default fits on a screen.</summary>
    public const int DefaultTop = 50;

    public const int MaxTop = 500;

    /// <summary>Reads a time, which may be missing. Returns false, and the error, if it is invalid.</summary>
    public static bool TryReadTime(IQueryCollection query, string name, out DateTimeOffset? time, out string error)
    {
        (time, error) = (null, "");
        if (query[name].ToString() is not { Length: > 0 } text)
        {
            return true;
        }

        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var read))
        {
            error = $"\"{name}\" must be a time in ISO 8601, such as 2026-09-01 or 2026-09-01T12:00:00Z.";
            return false;
        }

        time = read;
        return true;
    }

    /// <summary>Reads <c>?top=</c>, which may be missing. Returns false, and the error, if it is invalid.</summary>
    public static bool TryReadTop(IQueryCollection query, out int top, out string error)
    {
        (top, error) = (DefaultTop, "");
        if (query["top"].ToString() is { Length: > 0 } count
            && (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out top) || top is < 1 or > MaxTop))
        {
            error = $"\"top\" must be a number from 1 to {MaxTop}.";
            return false;
        }

        return true;
    }
}

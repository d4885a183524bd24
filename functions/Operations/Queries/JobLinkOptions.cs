using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Which links <c>GET jobs/{provider}</c> adds to the stored assets.</summary>
/// <param name="Life">How long they live; null for none.</param>
/// <param name="IsDownload">Whether a browser is to save what it gets, under a name that tells where it comes from.</param>
public sealed record JobLinkOptions(TimeSpan? Life, bool IsDownload)
{
    /// <summary>Reads <c>?links=&amp;download=</c>, each of which may be missing; null, and what is wrong, where one cannot be understood.</summary>
    public static JobLinkOptions? TryRead(IQueryCollection query, out string error)
    {
        error = "";
        TimeSpan? life = null;
        if (query["links"].ToString() is { Length: > 0 } minutes)
        {
            if (!int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1 || count > AssetLinks.Longest.TotalMinutes)
            {
                error = $"?links= is for how many minutes links are to hold, from 1 to {AssetLinks.Longest.TotalMinutes}.";
                return null;
            }

            life = TimeSpan.FromMinutes(count);
        }

        var download = query["download"].ToString();
        if (download is not ("" or "true" or "false") || (download == "true" && life is null))
        {
            error = "?download= is true or false, and needs ?links=.";
            return null;
        }

        return new JobLinkOptions(life, download == "true");
    }
}

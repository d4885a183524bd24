using System.Globalization;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Options of <c>GET jobs/{provider}</c> for links to the stored assets.</summary>
/// <param name="Life">The lifetime of the links; null for no links.</param>
/// <param name="IsDownload">Whether a browser saves the blob, under a name that contains its job.</param>
public sealed record JobLinkOptions(TimeSpan? Life, bool IsDownload)
{
    /// <summary>Reads <c>?links=&amp;download=</c>, each of which may be missing. Returns null, and the error, if one is invalid.</summary>
    public static JobLinkOptions? TryRead(IQueryCollection query, out string error)
    {
        error = "";
        TimeSpan? life = null;
        if (query["links"].ToString() is { Length: > 0 } minutes)
        {
            if (!int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1 || count > AssetLinks.MaxLifetime.TotalMinutes)
            {
                error = $"\"links\" must be the lifetime of the links in minutes, from 1 to {AssetLinks.MaxLifetime.TotalMinutes}.";
                return null;
            }

            life = TimeSpan.FromMinutes(count);
        }

        var download = query["download"].ToString();
        if (download is not ("" or "true" or "false") || (download == "true" && life is null))
        {
            error = "\"download\" must be true or false, and needs \"links\".";
            return null;
        }

        return new JobLinkOptions(life, download == "true");
    }
}

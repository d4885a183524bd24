using System.Security.Cryptography;
using System.Text.Json;

namespace LocalHost.Commands;

/// <summary>Downloads of a job's stored files through their links. A file gets its final name only when it is complete and its hash is correct.</summary>
internal static class FileDownloads
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    /// <summary>Downloads each asset that has a link. Returns whether the deployment has stored all assets, and all of them are now in the folder.</summary>
    /// <param name="assets">The assets as <c>GET jobs/{provider}?links=</c> names them.</param>
    /// <param name="folder">The target folder, created if it does not exist.</param>
    /// <param name="output">Where progress and results are written.</param>
    /// <param name="cancellationToken">Cancels the download.</param>
    public static async Task<bool> RunAsync(JsonElement assets, string folder, TextWriter output, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        var isWhole = true;
        var count = 0;
        foreach (var asset in assets.EnumerateArray())
        {
            count++;
            if (asset.GetProperty("url").GetString() is not { } url)
            {
                await output.WriteLineAsync(TextTable.Cut(
                    $"{asset.GetProperty("name")}: {asset.GetProperty("state")}, not stored. {asset.GetProperty("lastError")}", TextTable.Width));
                isWhole = false;
                continue;
            }

            isWhole &= await DownloadAsync(http, new Uri(url), asset, folder, output, cancellationToken);
        }

        if (count == 0)
        {
            await output.WriteLineAsync("The job has no files.");
        }

        return isWhole;
    }

    private static async Task<bool> DownloadAsync(
        HttpClient http, Uri link, JsonElement asset, string folder, TextWriter output, CancellationToken cancellationToken)
    {
        var (expected, total) = (asset.GetProperty("sha256").GetString(), asset.GetProperty("bytes").GetInt64());
        using var response = await http.GetAsync(link, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            await output.WriteLineAsync($"{asset.GetProperty("name")}: storage answered {(int)response.StatusCode}.");
            return false;
        }

        // The app builds the name from safe characters. A server that is not the app might name a file outside the folder.
        var name = Path.GetFileName(response.Content.Headers.ContentDisposition?.FileName?.Trim('"') ?? "");
        name = name is "" or "." or ".." ? Path.GetFileName(link.LocalPath) : name;
        var (path, part) = (Path.Combine(folder, name), Path.Combine(folder, name + ".part"));
        string hash;
        await using (var file = File.Create(part))
        {
            hash = await CopyAsync(response, file, name, total, output, cancellationToken);
        }

        if (expected is not null && hash != expected)
        {
            File.Delete(part);
            await output.WriteLineAsync($"{name}: its hash is {hash} and not {expected}, so it was deleted.");
            return false;
        }

        File.Move(part, path, overwrite: true);
        await output.WriteLineAsync($"{path}  {TextTable.Bytes(new FileInfo(path).Length)}  {(expected is null ? "no hash to compare" : "hash equal")}");
        return true;
    }

    private static async Task<string> CopyAsync(
        HttpResponseMessage response, FileStream file, string name, long total, TextWriter output, CancellationToken cancellationToken)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[128 * 1024];
        var (copied, lastReport) = (0L, TimeProvider.System.GetTimestamp());
        for (int count; (count = await source.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            sha256.AppendData(buffer, 0, count);
            await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            copied += count;
            if (TimeProvider.System.GetElapsedTime(lastReport) >= ProgressInterval)
            {
                lastReport = TimeProvider.System.GetTimestamp();
                await output.WriteLineAsync($"{name}: {TextTable.Bytes(copied)} of {TextTable.Bytes(total)}");
            }
        }

        return Convert.ToHexStringLower(sha256.GetHashAndReset());
    }
}

using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Benchmarks.Servers;

/// <summary>
/// Server of media of any size, with a length, a strong validator and ranges, as a provider's store has them.
/// <c>GET /{name}?bytes=…</c>; <c>rate=…</c> limits the bytes a second.
/// </summary>
internal static class MediaServer
{
    private const int PieceBytes = 256 * 1024;

    // Not all zeros, because a file system may not write those to disk.
    private static readonly byte[] Content = NewContent();

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var app = ServerHost.CreateBuilder().Build();
        app.Run(ServeAsync);
        await ServerHost.ServeAsync(app, () => Task.FromResult(0L), cancellationToken);
    }

    private static async Task ServeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var total = long.Parse(request.Query["bytes"].ToString(), CultureInfo.InvariantCulture);
        var from = 0L;
        if (RangeHeaderValue.TryParse(request.Headers.Range, out var range) && range.Ranges.Single() is { From: { } offset })
        {
            from = offset;
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {from}-{total - 1}/{total}";
        }

        response.ContentType = "video/mp4";
        response.ContentLength = total - from;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = $"\"{total}\"";
        long? rate = request.Query.TryGetValue("rate", out var rateText) ? long.Parse(rateText.ToString(), CultureInfo.InvariantCulture) : null;
        await SendAsync(response, from, total, rate, context.RequestAborted);
    }

    private static async Task SendAsync(HttpResponse response, long from, long total, long? rate, CancellationToken cancellationToken)
    {
        using var pace = rate is { } bytesPerSecond ? new PeriodicTimer(TimeSpan.FromSeconds((double)PieceBytes / bytesPerSecond)) : null;
        for (var position = from; position < total;)
        {
            var start = (int)(position % Content.Length);
            var length = (int)Math.Min(Math.Min(PieceBytes, Content.Length - start), total - position);
            await response.Body.WriteAsync(Content.AsMemory(start, length), cancellationToken);
            position += length;
            if (pace is not null)
            {
                await pace.WaitForNextTickAsync(cancellationToken);
            }
        }
    }

    private static byte[] NewContent()
    {
        var content = new byte[16 * PieceBytes];
        new Random(1).NextBytes(content);
        "\0\0\0\u0018ftypmp42"u8.CopyTo(content);
        return content;
    }
}

using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace LocalHost.Demo;

/// <summary>Slows a media server down, so that downloads can be watched, and knows how far each is.</summary>
internal sealed class PacedMedia
{
    private const int BytesPerSecond = 4 * 1024 * 1024;

    // The end of the path, which is a job's id and a file's name: ids that are paths differ there.
    private const int NameLength = 32;

    private readonly ConcurrentDictionary<PacedStream, (string Name, long TotalBytes)> _running = [];

    public PacedMedia(MediaServer media) => media.Before = (context, file) =>
    {
        Pace(context, file);
        return Task.CompletedTask;
    };

    /// <summary>What is being sent, the oldest first.</summary>
    public IReadOnlyList<DemoDownload> Running =>
    [
        .. _running.OrderByDescending(each => each.Key.Elapsed).Select(each => new DemoDownload(
            each.Value.Name, each.Key.Written, each.Value.TotalBytes, each.Key.Written / Math.Max(0.001, each.Key.Elapsed.TotalSeconds))),
    ];

    private void Pace(HttpContext context, MediaFile file)
    {
        var stream = new PacedStream(context.Response.Body, BytesPerSecond);
        context.Response.Body = stream;
        var path = context.Request.Path.Value!.TrimStart('/');
        _running[stream] = (path[Math.Max(0, path.Length - NameLength)..], file.Content.Length);
        context.Response.RegisterForDispose(new Ending(() => _running.TryRemove(stream, out _)));
    }

    private sealed class Ending(Action run) : IDisposable
    {
        public void Dispose() => run();
    }
}

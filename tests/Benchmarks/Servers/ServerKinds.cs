using Benchmarks.Servers.Blobs;

namespace Benchmarks.Servers;

/// <summary>The servers that this program can be started as.</summary>
internal static class ServerKinds
{
    public const string BareKestrel = "bare-kestrel";
    public const string Counting = "counting";
    public const string Durable = "durable";
    public const string Busy = "busy";
    public const string Media = "media";
    public const string BlobSink = "blob-sink";

    /// <summary>Runs the server until its input ends.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none of that name.</exception>
    public static Task RunAsync(string kind, CancellationToken cancellationToken) => kind switch
    {
        BareKestrel => BareKestrelServer.RunAsync(cancellationToken),
        Counting => CountingServer.RunAsync(cancellationToken),
        Durable => DurableServer.RunAsync(_ => null, cancellationToken),
        Busy => BusyServer.RunAsync(cancellationToken),
        Media => MediaServer.RunAsync(cancellationToken),
        BlobSink => BlobSinkServer.RunAsync(cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such server."),
    };
}

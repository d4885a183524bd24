using Benchmarks.Servers.Blobs;

namespace Benchmarks.Servers;

/// <summary>Servers that this program can run as, by the argument of its verb <c>serve</c>.</summary>
internal static class ServerKinds
{
    public const string BareKestrel = "bare-kestrel";
    public const string Counting = "counting";
    public const string Durable = "durable";
    public const string Busy = "busy";
    public const string Media = "media";
    public const string BlobSink = "blob-sink";

    /// <summary>Runs the server until its standard input ends.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The name is not that of a server.</exception>
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

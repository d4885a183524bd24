namespace Benchmarks.Suites.Start;

/// <summary>Server and build of this program whose start is measured.</summary>
/// <param name="Name">The variant's name in the table.</param>
/// <param name="Assembly">The path of this program's assembly, compiled by the JIT compiler or ahead of time.</param>
/// <param name="Server">The server, from <see cref="Servers.ServerKinds"/>.</param>
internal sealed record StartVariant(string Name, string Assembly, string Server)
{
    public const string Kestrel = "bare Kestrel";
    public const string Jit = "app";
    public const string KestrelReady = "bare Kestrel, ReadyToRun";
    public const string Ready = "app, ReadyToRun";
}

namespace Benchmarks.Suites.Start;

/// <summary>One way of starting a server.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Assembly">This program, as it was built.</param>
/// <param name="Server">The server that it is started as.</param>
internal sealed record StartVariant(string Name, string Assembly, string Server)
{
    public const string Kestrel = "bare Kestrel";
    public const string Jit = "app";
    public const string KestrelReady = "bare Kestrel, ReadyToRun";
    public const string Ready = "app, ReadyToRun";
}

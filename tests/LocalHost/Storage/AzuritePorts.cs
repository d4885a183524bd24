namespace LocalHost.Storage;

/// <summary>The ports that Azurite listens on; 0 is one that is free.</summary>
public sealed record AzuritePorts(int Blob, int Queue, int Table)
{
    public static readonly AzuritePorts Free = new(0, 0, 0);

    /// <summary>Those that <c>UseDevelopmentStorage=true</c> means.</summary>
    public static readonly AzuritePorts Usual = new(10000, 10001, 10002);
}

namespace LocalHost.Storage;

/// <summary>Ports on which Azurite listens; 0 selects a free one.</summary>
public sealed record AzuritePorts(int Blob, int Queue, int Table)
{
    public static readonly AzuritePorts Free = new(0, 0, 0);

    /// <summary>The ports of <c>UseDevelopmentStorage=true</c>.</summary>
    public static readonly AzuritePorts Default = new(10000, 10001, 10002);
}

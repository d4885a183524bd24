namespace EmbeddedServiceBus.Storage;

/// <summary>A directory that is this process's own for as long as this object lives. The operating system frees it when the process dies.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockFile = "broker.lock";
    private readonly FileStream held;

    private DataDirectory(string path, FileStream held)
    {
        Database = Path.Combine(path, "broker.db");
        this.held = held;
    }

    public string Database { get; }

    /// <exception cref="IOException">Another broker has the directory open.</exception>
    public static DataDirectory Open(string path)
    {
        Directory.CreateDirectory(path);
        try
        {
            // FileShare.None is a share mode on Windows and an advisory flock elsewhere: either ends with the process, however it ends.
            return new DataDirectory(path, new FileStream(Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException inUse) when (inUse is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new IOException($"The data directory '{path}' is in use by another broker: stop that process or choose another directory.", inUse);
        }
    }

    public void Dispose() => held.Dispose();
}

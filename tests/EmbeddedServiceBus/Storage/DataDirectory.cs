namespace EmbeddedServiceBus.Storage;

/// <summary>Exclusive lock on the data directory, which lasts until it is disposed or the process ends.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockFile = "broker.lock";
    private readonly FileStream lockFile;

    private DataDirectory(string path, FileStream lockFile)
    {
        Database = Path.Combine(path, "broker.db");
        this.lockFile = lockFile;
    }

    public string Database { get; }

    /// <exception cref="IOException">Another broker has the directory open.</exception>
    public static DataDirectory Open(string path)
    {
        Directory.CreateDirectory(path);
        try
        {
            // FileShare.None is a share mode on Windows and an advisory flock elsewhere. Either is released when the process ends, however it ends.
            return new DataDirectory(path, new FileStream(Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new IOException($"The data directory '{path}' is in use by another broker: stop that process or choose another directory.", exception);
        }
    }

    public void Dispose() => lockFile.Dispose();
}

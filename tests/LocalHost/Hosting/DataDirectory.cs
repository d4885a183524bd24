namespace LocalHost.Hosting;

/// <summary>Exclusive lock on a state directory, so that one local host at a time uses it. It ends with the process, even if that is killed.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectory(FileStream lockFile) => _lock = lockFile;

    /// <exception cref="LocalHostException">Another local host uses it, or it can't be written.</exception>
    public static DataDirectory Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return new DataDirectory(new FileStream(Path.Combine(path, "in-use"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LocalHostException($"The data directory '{path}' is in use by another local host, or can't be written: {exception.Message}", exception);
        }
    }

    public void Dispose() => _lock.Dispose();
}

namespace LocalHost.Hosting;

/// <summary>State directory that one local host at a time uses. It is released when the process ends, however it ends.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream _claim;

    private DataDirectory(FileStream claim) => _claim = claim;

    /// <exception cref="LocalHostException">Another local host uses it, or it can't be written.</exception>
    public static DataDirectory Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return new DataDirectory(new FileStream(Path.Combine(path, "in-use"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new LocalHostException($"The data directory '{path}' is in use by another local host, or can't be written: {refused.Message}", refused);
        }
    }

    public void Dispose() => _claim.Dispose();
}

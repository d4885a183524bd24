namespace WebhookFunctions.Tests.Infra;

/// <summary>Temporary folder that is deleted when it is disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("webhook-functions-").FullName;

    /// <summary>Copies a folder of the repository to the same relative path below this one, without the output of builds.</summary>
    public void CopyFromRepository(string folder, string pattern = "*")
    {
        var source = Repository.File(folder);
        foreach (var file in Directory.EnumerateFiles(source, pattern, SearchOption.AllDirectories))
        {
            if (System.IO.Path.GetRelativePath(source, file).Split(System.IO.Path.DirectorySeparatorChar)[0] is "bin" or "obj")
            {
                continue;
            }

            var target = System.IO.Path.Combine(Path, folder, System.IO.Path.GetRelativePath(source, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

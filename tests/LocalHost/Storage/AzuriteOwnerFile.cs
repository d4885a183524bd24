using System.Diagnostics;
using System.Text.Json;

namespace LocalHost.Storage;

/// <summary>
/// File in the user's temporary folder that names the local host that started the Azurite at some ports. It is only informative: without it, messages
/// do not name the owner.
/// </summary>
internal sealed class AzuriteOwnerFile : IDisposable
{
    // On some systems the operating system records the start time of a process with less precision than the file.
    private static readonly TimeSpan StartTimeTolerance = TimeSpan.FromSeconds(2);

    private readonly string _file;

    private AzuriteOwnerFile(string file) => _file = file;

    /// <summary>Records this process as the owner of the Azurite at <paramref name="ports"/>.</summary>
    public static AzuriteOwnerFile Write(AzuritePorts ports, string dataDirectory)
    {
        var file = FileOf(ports);
        using var self = Process.GetCurrentProcess();
        try
        {
            File.WriteAllText(file, JsonSerializer.Serialize(new Owner(self.Id, self.StartTime.ToUniversalTime(), dataDirectory)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The file belongs to another user.
        }

        return new AzuriteOwnerFile(file);
    }

    /// <summary>Returns the local host that started the Azurite at <paramref name="ports"/>; null if the file names no running one.</summary>
    public static Owner? Find(AzuritePorts ports)
    {
        try
        {
            var owner = JsonSerializer.Deserialize<Owner>(File.ReadAllText(FileOf(ports)));
            return owner is not null && IsRunning(owner) ? owner : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The file names a process that has ended, so readers ignore it.
        }
    }

    private static string FileOf(AzuritePorts ports) => Path.Combine(Path.GetTempPath(), $"webhook-functions-azurite-{ports.Blob}.json");

    private static bool IsRunning(Owner owner)
    {
        try
        {
            using var process = Process.GetProcessById(owner.ProcessId);
            return (process.StartTime.ToUniversalTime() - owner.StartedAt).Duration() < StartTimeTolerance;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Local host that started an Azurite.</summary>
    /// <param name="ProcessId">The id of the process.</param>
    /// <param name="StartedAt">The start time of the process, in UTC. It identifies the process, because ids are reused.</param>
    /// <param name="DataDirectory">The state directory of the local host.</param>
    internal sealed record Owner(int ProcessId, DateTime StartedAt, string DataDirectory)
    {
        public override string ToString() =>
            $"which another run started (process {ProcessId}, data {DataDirectory}). Both runs share the storage, and it ends with the other run";
    }
}

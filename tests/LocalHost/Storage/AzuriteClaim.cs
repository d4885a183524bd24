using System.Diagnostics;
using System.Text.Json;

namespace LocalHost.Storage;

/// <summary>
/// Note in the user's temporary folder that says which local host started the Azurite at some ports. It is only informative: if it is missing or
/// can't be written, nothing else changes.
/// </summary>
internal sealed class AzuriteClaim : IDisposable
{
    // On some systems the recorded start time of a process is coarser than the time written here.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private readonly string _file;

    private AzuriteClaim(string file) => _file = file;

    /// <summary>Writes that this process started the Azurite at <paramref name="ports"/>.</summary>
    public static AzuriteClaim Make(AzuritePorts ports, string dataDirectory)
    {
        var file = FileOf(ports);
        using var self = Process.GetCurrentProcess();
        try
        {
            File.WriteAllText(file, JsonSerializer.Serialize(new Owner(self.Id, self.StartTime.ToUniversalTime(), dataDirectory)));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The file belongs to another user.
        }

        return new AzuriteClaim(file);
    }

    /// <summary>Returns the local host that started the Azurite at <paramref name="ports"/>; null if no running one has noted it.</summary>
    public static Owner? Find(AzuritePorts ports)
    {
        try
        {
            var owner = JsonSerializer.Deserialize<Owner>(File.ReadAllText(FileOf(ports)));
            return owner is not null && IsRunning(owner) ? owner : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
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
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The note names a process that has ended.
        }
    }

    private static string FileOf(AzuritePorts ports) => Path.Combine(Path.GetTempPath(), $"webhook-functions-azurite-{ports.Blob}.json");

    private static bool IsRunning(Owner owner)
    {
        try
        {
            using var process = Process.GetProcessById(owner.ProcessId);
            return (process.StartTime.ToUniversalTime() - owner.StartedAt).Duration() < Tolerance;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>The local host that started an Azurite.</summary>
    /// <param name="ProcessId">The id of its process.</param>
    /// <param name="StartedAt">When that process was started, in UTC, because process ids are reused.</param>
    /// <param name="DataDirectory">Its state directory.</param>
    internal sealed record Owner(int ProcessId, DateTime StartedAt, string DataDirectory)
    {
        public override string ToString() =>
            $"which belongs to another run (process {ProcessId}, data {DataDirectory}): its events are seen here too, and the storage ends with it";
    }
}

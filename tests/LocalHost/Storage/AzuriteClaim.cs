using System.Diagnostics;
using System.Text.Json;

namespace LocalHost.Storage;

/// <summary>
/// A note, in the user's folder for temporary files, that says which local host started the Azurite at some ports. It only informs: that it is missing or
/// can't be written changes nothing else.
/// </summary>
internal sealed class AzuriteClaim : IDisposable
{
    // The clock of a process's start is coarser on some systems than what is written.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private readonly string _file;

    private AzuriteClaim(string file) => _file = file;

    /// <summary>Notes that this process started the Azurite at <paramref name="ports"/>.</summary>
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
            // Another user's file of that name.
        }

        return new AzuriteClaim(file);
    }

    /// <summary>Returns the local host that started the Azurite at <paramref name="ports"/>; null where no running one says so.</summary>
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
            // What is left names a process that has ended.
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
    /// <param name="ProcessId">Its process.</param>
    /// <param name="StartedAt">When that process was started, in UTC: ids are used again.</param>
    /// <param name="DataDirectory">The directory that it keeps its state in.</param>
    internal sealed record Owner(int ProcessId, DateTime StartedAt, string DataDirectory)
    {
        public override string ToString() =>
            $"which belongs to another run (process {ProcessId}, data {DataDirectory}): its events are seen here too, and the storage ends with it";
    }
}

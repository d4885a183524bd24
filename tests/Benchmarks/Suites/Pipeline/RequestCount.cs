using System.Diagnostics.Metrics;
using LocalHost.Storage;

namespace Benchmarks.Suites.Pipeline;

/// <summary>
/// Counts the requests of this process to a storage emulator, by .NET's own metrics of HTTP clients. Their number says what the app asks for, however
/// fast the emulator answers.
/// </summary>
internal sealed class RequestCount : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _value;

    /// <param name="ports">Those of the emulator.</param>
    public RequestCount(AzuritePorts ports)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "System.Net.Http", Name: "http.client.request.duration" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var (name, value) in tags)
            {
                if (name == "server.port" && value is int port && (port == ports.Blob || port == ports.Table))
                {
                    Interlocked.Increment(ref _value);
                }
            }
        });
        _listener.Start();
    }

    /// <summary>How many there were by now.</summary>
    public long Value => Interlocked.Read(ref _value);

    public void Dispose() => _listener.Dispose();
}

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Value recorded by an instrument, with its tags in the order of their names.</summary>
internal sealed record Measurement(Instrument Instrument, double Value, string Tags)
{
    public override string ToString() => $"{Instrument.Name} {Instrument.Unit} {Value}{Tags}";
}

/// <summary>Listener that records the measurements of one app's meter, and not those of other apps in this process.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly ConcurrentQueue<Measurement> _all = [];
    private readonly MeterListener _listener = new();

    public Measurements(IMeterFactory app)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == WebhookMetrics.MeterName && instrument.Meter.Scope == app)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public IReadOnlyCollection<Measurement> All => _all;

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _all.Enqueue(new Measurement(instrument, value, string.Concat(tags.ToArray().OrderBy(tag => tag.Key).Select(tag => $" {tag.Key}={tag.Value}"))));
}

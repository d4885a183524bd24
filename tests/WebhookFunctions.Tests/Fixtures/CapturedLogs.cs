using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Line of a log, with its exception if it had one.</summary>
internal sealed record LogLine(LogLevel Level, string Category, string Text);

/// <summary>Keeps everything that is logged, down to the lowest level.</summary>
internal sealed class CapturedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = [];

    public IReadOnlyCollection<LogLine> Lines => _lines;

    public IEnumerable<LogLine> Errors => _lines.Where(line => line.Level >= LogLevel.Error);

    /// <summary>Runs before a line is kept; what it throws is what the caller of the logger meets.</summary>
    public Action<LogLevel> BeforeEach { get; set; } = static _ => { };

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(CapturedLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            logs.BeforeEach(logLevel);
            logs._lines.Enqueue(new LogLine(logLevel, category, $"{formatter(state, exception)} {exception}"));
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Line of a log, including its exception if it has one.</summary>
internal sealed record LogLine(LogLevel Level, string Category, string Text);

/// <summary>Logger provider that records all log lines of all levels.</summary>
internal sealed class CapturedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = [];

    public IReadOnlyCollection<LogLine> Lines => _lines;

    public IEnumerable<LogLine> Errors => _lines.Where(line => line.Level >= LogLevel.Error);

    /// <summary>Gets or sets an action that runs before a line is recorded. If it throws, the call of the logger throws.</summary>
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

using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Telemetry;

/// <summary>
/// An exception as a log may show it: the types of the whole chain, what their codes say, and where they were thrown. Messages are left out.
/// Parsers quote what they could not read, and clients quote addresses: a webhook's body, an API's answer, a link with its token.
/// </summary>
/// <remarks>Log methods take this type, so that no exception gets into a log by itself.</remarks>
public sealed class LoggedException : Exception
{
    private readonly string _trace;

    private LoggedException(string message, string trace)
        : base(message) => _trace = trace;

    /// <inheritdoc/>
    public override string StackTrace => _trace;

    /// <summary>What may be logged of <paramref name="failure"/>.</summary>
    public static LoggedException Of(Exception failure)
    {
        var (message, trace) = (new StringBuilder(), new StringBuilder());
        Describe(failure, message, trace);
        return new LoggedException(message.ToString(), trace.ToString().TrimEnd());
    }

    /// <inheritdoc/>
    public override string ToString() => _trace.Length == 0 ? Message : $"{Message}{Environment.NewLine}{_trace}";

    private static void Describe(Exception failure, StringBuilder message, StringBuilder trace)
    {
        message.Append(message.Length == 0 ? "" : ", caused by ").Append(failure.GetType().Name);
        if (Code(failure) is { Length: > 0 } code)
        {
            message.Append(" (").Append(code).Append(')');
        }

        if (failure.StackTrace is { } stack)
        {
            trace.AppendLine(stack);
        }

        IEnumerable<Exception> causes = failure is AggregateException several ? several.InnerExceptions : failure.InnerException is { } one ? [one] : [];
        foreach (var cause in causes)
        {
            Describe(cause, message, trace);
        }
    }

    // Numbers, and words out of lists that this app or its libraries fix.
    private static string? Code(Exception failure) => failure switch
    {
        RequestFailedException { Status: var status, ErrorCode: var error } =>
            error is { Length: <= 64 } && error.All(char.IsAsciiLetterOrDigit) ? $"{Number(status)} {error}" : Number(status),
        ServiceBusException service => service.Reason.ToString(),
        HttpRequestException { StatusCode: { } status } => Number((int)status),
        HttpRequestException http => http.HttpRequestError.ToString(),
        HttpIOException io => io.HttpRequestError.ToString(),
        SocketException socket => socket.SocketErrorCode.ToString(),
        JsonException json => $"line {Number(json.LineNumber ?? 0)}, byte {Number(json.BytePositionInLine ?? 0)}",
        _ => null,
    };

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

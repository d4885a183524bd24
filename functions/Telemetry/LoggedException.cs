using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Telemetry;

/// <summary>
/// Exception as it may be logged: the types of the whole chain, their error codes, and their stack traces. Messages are left out. Parsers quote what
/// they could not read, and clients quote addresses: a webhook's body, an API's answer, a link with its token.
/// </summary>
/// <remarks>Log methods take this type, so that no exception is logged with its message.</remarks>
public sealed class LoggedException : Exception
{
    // There was no answer; the inner exception gives the cause.
    private const string NoStatus = "0";

    private readonly string _trace;

    private LoggedException(string message, string trace)
        : base(message) => _trace = trace;

    /// <inheritdoc/>
    public override string StackTrace => _trace;

    /// <summary>Returns the loggable form of <paramref name="exception"/>.</summary>
    public static LoggedException From(Exception exception)
    {
        var (message, trace) = (new StringBuilder(), new StringBuilder());
        Describe(exception, message, trace);
        return new LoggedException(message.ToString(), trace.ToString().TrimEnd());
    }

    /// <summary>
    /// Returns the cause of <paramref name="exception"/> in a few words: the type and code of the innermost exception that says more than the one
    /// around it.
    /// </summary>
    public static string ReasonOf(Exception exception)
    {
        var cause = exception;
        for (Exception? inner = exception; inner is not null; inner = CausesOf(inner).FirstOrDefault())
        {
            if (inner is OperationCanceledException)
            {
                // A client's own timeout. The inner exception only shows how the request was ended.
                return "no answer in time";
            }

            if (HasCode(inner) || cause is AggregateException || Code(cause) == NoStatus)
            {
                cause = inner;
            }
        }

        return Name(cause);
    }

    /// <inheritdoc/>
    public override string ToString() => _trace.Length == 0 ? Message : $"{Message}{Environment.NewLine}{_trace}";

    private static void Describe(Exception exception, StringBuilder message, StringBuilder trace)
    {
        message.Append(message.Length == 0 ? "" : ", caused by ").Append(Name(exception));
        if (exception.StackTrace is { } stack)
        {
            trace.AppendLine(stack);
        }

        foreach (var cause in CausesOf(exception))
        {
            Describe(cause, message, trace);
        }
    }

    private static IEnumerable<Exception> CausesOf(Exception exception)
    {
        if (exception is AggregateException aggregate)
        {
            foreach (var cause in aggregate.InnerExceptions)
            {
                yield return cause;
            }
        }
        else if (exception.InnerException is { } innerException)
        {
            yield return innerException;
        }
    }

    private static bool HasCode(Exception exception) => Code(exception) is not (null or NoStatus);

    private static string Name(Exception exception) => Code(exception) is { Length: > 0 } code ? $"{exception.GetType().Name} ({code})" : exception.GetType().Name;

    // Returns a number, or a word from a list that the app or its libraries define.
    private static string? Code(Exception exception) => exception switch
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

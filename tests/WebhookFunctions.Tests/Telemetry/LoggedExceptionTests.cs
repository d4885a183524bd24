using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Tests.Telemetry;

public sealed class LoggedExceptionTests
{
    private const string Secret = "SECRET";

    private static readonly Dictionary<string, Exception> Failures = new()
    {
        ["InvalidOperationException"] = new InvalidOperationException(Secret),
        ["RequestFailedException (409 EntityAlreadyExists)"] = new RequestFailedException(409, Secret, "EntityAlreadyExists", null),
        ["RequestFailedException (400)"] = new RequestFailedException(400, Secret, "https://h.example/?SECRET", null),
        ["ServiceBusException (QuotaExceeded)"] = new ServiceBusException(Secret, ServiceBusFailureReason.QuotaExceeded),
        ["HttpRequestException (502)"] = new HttpRequestException(Secret, null, HttpStatusCode.BadGateway),
        ["HttpRequestException (NameResolutionError)"] = new HttpRequestException(HttpRequestError.NameResolutionError, Secret),
        ["HttpRequestException (Unknown), caused by IOException, caused by SocketException (ConnectionReset)"] =
            new HttpRequestException(Secret, new IOException(Secret, new SocketException((int)SocketError.ConnectionReset))),
        ["AggregateException, caused by TimeoutException, caused by InvalidDataException"] =
            new AggregateException(Secret, new TimeoutException(Secret), new InvalidDataException(Secret)),
    };

    public static TheoryData<string> AllFailures => [.. Failures.Keys];

    [Theory]
    [MemberData(nameof(AllFailures))]
    public void A_failure_is_logged_by_its_types_and_codes(string expected)
    {
        var logged = LoggedException.From(Failures[expected]);

        Assert.Equal(expected, logged.Message);
        Assert.DoesNotContain(Secret, logged.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""tSECRET""")]
    [InlineData("""fSECRET""")]
    [InlineData("""nSECRET""")]
    [InlineData("""{"SECRET":SECRET}""")]
    [InlineData("""{"a":"SECRET""")]
    public void Text_that_a_parser_could_not_read_is_not_logged(string text)
    {
        var failure = Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(Encoding.UTF8.GetBytes(text)).Dispose());

        var logged = LoggedException.From(failure).ToString();

        Assert.DoesNotContain(Secret, logged, StringComparison.Ordinal);
        Assert.Contains("line 0, byte", logged, StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, Exception> Causes = new()
    {
        ["InvalidOperationException"] = new InvalidOperationException(Secret),
        ["FormatException"] = new FormatException(Secret, new ArgumentException(Secret)),
        ["SocketException (ConnectionRefused)"] = new HttpRequestException(Secret, new SocketException((int)SocketError.ConnectionRefused)),
        ["TimeoutException"] = new RequestFailedException(0, Secret, null, new TimeoutException(Secret)),
        ["RequestFailedException (403 AuthorizationFailure)"] = new AggregateException(new RequestFailedException(403, Secret, "AuthorizationFailure", null)),
        ["no answer in time"] = new AggregateException(Secret, new TaskCanceledException(Secret, new SocketException((int)SocketError.OperationAborted))),
    };

    public static TheoryData<string> AllReasons => [.. Causes.Keys];

    [Theory]
    [MemberData(nameof(AllReasons))]
    public void The_reason_of_a_failure_is_the_innermost_one_with_additional_information(string expected) =>
        Assert.Equal(expected, LoggedException.ReasonOf(Causes[expected]));

    [Fact]
    public void The_stack_traces_of_the_whole_chain_are_logged()
    {
        var logged = LoggedException.From(Assert.Throws<InvalidOperationException>(Outer));

        Assert.Contains(nameof(Outer), logged.ToString(), StringComparison.Ordinal);
        Assert.Contains(nameof(Inner), logged.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, logged.ToString(), StringComparison.Ordinal);

        static void Outer()
        {
            try
            {
                Inner();
            }
            catch (FormatException exception)
            {
                throw new InvalidOperationException(Secret, exception);
            }
        }

        static void Inner() => throw new FormatException(Secret);
    }
}

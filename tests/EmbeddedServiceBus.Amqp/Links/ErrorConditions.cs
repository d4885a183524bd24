using Amqp;
using Amqp.Framing;

namespace EmbeddedServiceBus.Amqp.Links;

/// <summary>AMQP error conditions that the listener answers, and the HTTP status that request-response operations report with each.</summary>
internal static class ErrorConditions
{
    public const string DeadLetter = "com.microsoft:dead-letter";
    public const string MessageLockLost = "com.microsoft:message-lock-lost";
    private const string MessageNotFound = "com.microsoft:message-not-found";
    private const string ServerBusy = "com.microsoft:server-busy";
    private const string ServiceTimeout = "com.microsoft:timeout";
    private const string ArgumentError = "com.microsoft:argument-error";

    public static Error NotImplemented(string description) => new(ErrorCode.NotImplemented) { Description = description };

    public static Error From(Exception exception) => exception switch
    {
        BrokerException brokerException => new(From(brokerException.Reason)) { Description = brokerException.Message },
        AmqpException amqpException => amqpException.Error,
        ArgumentException => new(ArgumentError) { Description = exception.Message },
        _ => new(ErrorCode.InternalError) { Description = exception.Message },
    };

    public static int StatusOf(Error error) => (string)error.Condition switch
    {
        ArgumentError or ErrorCode.InvalidField or ErrorCode.DecodeError => 400,
        ErrorCode.UnauthorizedAccess => 401,
        ErrorCode.NotAllowed or ErrorCode.ResourceLimitExceeded => 403,
        ErrorCode.NotFound or MessageNotFound => 404,
        ServiceTimeout => 408,
        MessageLockLost => 410,
        ErrorCode.MessageSizeExceeded => 413,
        ErrorCode.NotImplemented => 501,
        ServerBusy => 503,
        _ => 500,
    };

    private static string From(BrokerErrorReason reason) => reason switch
    {
        BrokerErrorReason.GeneralError => ErrorCode.NotAllowed,
        BrokerErrorReason.MessagingEntityNotFound => ErrorCode.NotFound,
        BrokerErrorReason.MessageLockLost => MessageLockLost,
        BrokerErrorReason.MessageNotFound => MessageNotFound,
        BrokerErrorReason.MessageSizeExceeded => ErrorCode.MessageSizeExceeded,
        BrokerErrorReason.QuotaExceeded => ErrorCode.ResourceLimitExceeded,
        BrokerErrorReason.ServiceBusy => ServerBusy,
        BrokerErrorReason.ServiceTimeout => ServiceTimeout,
        _ => ErrorCode.InternalError,
    };
}

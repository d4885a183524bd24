using System.Net.Sockets;
using System.Security.Authentication;

namespace WebhookFunctions.Outbound;

/// <summary>Describer of requests without an answer. The exceptions' own messages are not used, because they may contain the whole link.</summary>
public static class OutboundFailure
{
    /// <summary>Returns the failure in a few words, without any address.</summary>
    public static string Describe(HttpRequestException exception) => exception.InnerException switch
    {
        SocketException socket => socket.SocketErrorCode.ToString(),
        AuthenticationException => "the TLS handshake failed",
        _ => exception.HttpRequestError.ToString(),
    };
}

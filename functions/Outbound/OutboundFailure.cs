using System.Net.Sockets;
using System.Security.Authentication;

namespace WebhookFunctions.Outbound;

/// <summary>Describer of requests that brought no answer. The exceptions' own texts may hold the whole link.</summary>
public static class OutboundFailure
{
    /// <summary>Returns what went wrong in a few words, without any address.</summary>
    public static string Describe(HttpRequestException failure) => failure.InnerException switch
    {
        SocketException socket => socket.SocketErrorCode.ToString(),
        AuthenticationException => "the TLS handshake failed",
        _ => failure.HttpRequestError.ToString(),
    };
}

using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Benchmarks.Load;

/// <summary>HTTP/1.1 connection that sends signed webhooks with as little work as possible.</summary>
/// <remarks>
/// The client on one core must send faster than the server on another core can answer. So each request reuses one buffer, in which only the id and the
/// signature change. Of a response only the status and the length are read.
/// </remarks>
public sealed class WebhookConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SignedIds _ids;
    private readonly byte[] _request;
    private readonly int _idOffset;
    private readonly int _signatureOffset;
    private readonly byte[] _response = new byte[4096];

    public WebhookConnection(SignedIds ids, ReadOnlySpan<byte> body)
    {
        _ids = ids;
        var beforeId = """
            POST /api/webhooks/gemini HTTP/1.1
            Host: 127.0.0.1
            Content-Type: application/json
            User-Agent: benchmark
            webhook-id: 
            """;
        var id = new string('0', SignedIds.IdLength);
        var beforeSignature = $"\nwebhook-timestamp: {Encoding.ASCII.GetString(ids.Timestamp)}\nwebhook-signature: v1,";
        var signature = new string('0', SignedIds.SignatureLength);
        var rest = $"\nContent-Length: {body.Length}\n\n";
        var (first, second) = (Lines(beforeId), Lines(beforeSignature));
        _idOffset = first.Length;
        _signatureOffset = _idOffset + id.Length + second.Length;
        _request = [.. Encoding.ASCII.GetBytes(first + id + second + signature + Lines(rest)), .. body];
    }

    public Task ConnectAsync(int port, CancellationToken cancellationToken) =>
        _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken).AsTask();

    /// <summary>Sends a webhook with the next id and waits for the response.</summary>
    /// <returns>The response's status; null when the ids are used up.</returns>
    /// <exception cref="IOException">The server closed the connection, or its response cannot be read.</exception>
    public async ValueTask<int?> SendAsync(CancellationToken cancellationToken)
    {
        if (!_ids.TryWriteNext(_request.AsSpan(_idOffset, SignedIds.IdLength), _request.AsSpan(_signatureOffset, SignedIds.SignatureLength)))
        {
            return null;
        }

        for (var sent = 0; sent < _request.Length;)
        {
            sent += await _socket.SendAsync(_request.AsMemory(sent), cancellationToken);
        }

        for (var read = 0; read < _response.Length;)
        {
            var count = await _socket.ReceiveAsync(_response.AsMemory(read), cancellationToken);
            if (count == 0)
            {
                throw new IOException("The server closed the connection.");
            }

            read += count;
            if (TryReadStatus(_response.AsSpan(0, read)) is { } status)
            {
                return status;
            }
        }

        throw new IOException($"The response is longer than {_response.Length} bytes.");
    }

    public void Dispose() => _socket.Dispose();

    private static string Lines(string text) => text.ReplaceLineEndings("\r\n");

    /// <summary>Returns the status, or null until the whole response has been received.</summary>
    private static int? TryReadStatus(ReadOnlySpan<byte> response)
    {
        var end = response.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var head = response[..end];
        var length = head.IndexOf("\r\nContent-Length: "u8);
        if (length < 0 || !Utf8Parser.TryParse(head[(length + "\r\nContent-Length: ".Length)..], out int body, out _))
        {
            throw new IOException("The response has no Content-Length.");
        }

        if (response.Length < end + 4 + body)
        {
            return null;
        }

        return Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out int status, out _) ? status : throw new IOException("The response has no status.");
    }
}

using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>
/// Server on 127.0.0.1 that sends the bytes that a test scripts, valid HTTP or not. Each path has a script, and each request is recorded.
/// </summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, Func<Exchange, Task>> _scripts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<ServedRequest> _requests = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public HostileServer()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Gets or sets the script for all other paths. The default answers 400, which is permanent; a 404 would be retried.</summary>
    public Func<Exchange, Task> DefaultScript { get; set; } = static exchange => exchange.AnswerAsync("400 Bad Request");

    public IReadOnlyCollection<ServedRequest> Requests => [.. _requests];

    public string Url(string path) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}{path}");

    /// <summary>Sets the script for requests of that path, with any query.</summary>
    public string On(string path, Func<Exchange, Task> script)
    {
        _scripts[path] = script;
        return Url(path);
    }

    /// <summary>Serves content correctly, with ranges and a strong validator.</summary>
    public string Serve(string path, byte[] content, string contentType = "video/mp4", string etag = "\"v1\"") =>
        On(path, exchange => exchange.ServeAsync(content, contentType, etag));

    public async ValueTask DisposeAsync()
    {
        // Cancels before it disposes the listener: otherwise the next wait for a connection would throw.
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ConverseAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ConverseAsync(Socket socket)
    {
        using var owned = socket;

        // A head and a body are two writes. Without this the second waits for the acknowledgement of the first, which a receiver delays by 40 ms.
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket);
        try
        {
            while (await ReadRequestAsync(stream) is { } request)
            {
                _requests.Enqueue(request);
                var exchange = new Exchange(request, socket, stream, _stop.Token);
                // Stops waiting for the script when the server stops. A test that has failed never releases a script that waits for it.
                await _scripts.GetValueOrDefault(request.Path, DefaultScript)(exchange).WaitAsync(_stop.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has disconnected, or the server is stopping.
        }
    }

    private async Task<ServedRequest?> ReadRequestAsync(Stream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!EndsHead(head))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).ToDictionary(
            part => part[0], part => part[1].Trim(), StringComparer.OrdinalIgnoreCase);
        return new ServedRequest(lines[0].Split(' ')[0], lines[0].Split(' ')[1], headers);
    }

    private static bool EndsHead(List<byte> head) => head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n';
}

/// <summary>Request that a <see cref="HostileServer"/> received.</summary>
internal sealed record ServedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    public string Path => Target.Split('?')[0];

    /// <summary>Gets the first byte of the requested range; null if the request has no range.</summary>
    public long? RangeFrom => Headers.TryGetValue("Range", out var range)
        ? long.Parse(range["bytes=".Length..].Split('-')[0], CultureInfo.InvariantCulture)
        : null;
}

/// <summary>Request with the socket to answer on.</summary>
internal sealed class Exchange(ServedRequest request, Socket socket, Stream stream, CancellationToken stopping)
{
    public ServedRequest Request { get; } = request;

    public CancellationToken Stopping { get; } = stopping;

    /// <summary>Limits the bytes that the server's socket holds. Then little was sent but not received if the client stalls.</summary>
    public void LimitUnsent(int bytes) => socket.SendBufferSize = bytes;

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes, Stopping);

    /// <summary>Sends an answer with headers and a body.</summary>
    public async Task AnswerAsync(string status, string headers = "", ReadOnlyMemory<byte> body = default)
    {
        await SendAsync(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n{headers}\r\n"));
        await SendAsync(body);
    }

    /// <summary>Answers as a correct server does: with the whole content, or with the requested range if the validator matches.</summary>
    public Task ServeAsync(byte[] content, string contentType, string etag)
    {
        var headers = $"Content-Type: {contentType}\r\nETag: {etag}\r\nAccept-Ranges: bytes\r\n";
        if (Request.RangeFrom is not { } from || (Request.Headers.TryGetValue("If-Range", out var validator) && validator != etag))
        {
            return AnswerAsync("200 OK", headers, content);
        }

        return from >= content.Length
            ? AnswerAsync("416 Range Not Satisfiable", $"Content-Range: bytes */{content.Length}\r\n")
            : AnswerAsync("206 Partial Content", headers + $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}\r\n", content.AsMemory((int)from));
    }

    /// <summary>Aborts the connection with a reset.</summary>
    [DoesNotReturn]
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
        throw new IOException("Reset.");
    }

    /// <summary>Closes the connection in an orderly way.</summary>
    [DoesNotReturn]
    public void Close()
    {
        socket.Shutdown(SocketShutdown.Both);
        throw new IOException("Closed.");
    }
}

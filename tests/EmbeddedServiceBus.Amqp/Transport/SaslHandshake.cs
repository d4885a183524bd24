using System.Buffers.Binary;
using System.Security.Principal;
using Amqp;
using Amqp.Sasl;
using Amqp.Types;
using EmbeddedServiceBus.Amqp.Security;

namespace EmbeddedServiceBus.Amqp.Transport;

/// <summary>Server side of the SASL exchange (OASIS AMQP 1.0, part 5 section 5.3).</summary>
/// <remarks>
/// It ends only after the client has sent its AMQP header, because the library answers with header and open frame at once. A client on rhea
/// (JavaScript) stalls if these arrive together with the outcome of SASL.
/// </remarks>
internal sealed class SaslHandshake(SharedAccessKey key)
{
    private const int HeaderBytes = 8;
    private const int FrameHeaderBytes = 8;
    private const byte SaslFrame = 1;

    /// <summary>The specification's 512 bytes are a minimum; a long key in PLAIN needs more.</summary>
    private const int MaxFrameBytes = 8 * 1024;

    private const string Plain = "PLAIN";

    private static readonly byte[] Header = [.. "AMQP"u8, 3, 1, 0, 0];

    /// <summary>
    /// With ANONYMOUS, EXTERNAL (there is no certificate) and MSSBCBS (the Azure SDKs for .NET) a client is not authorized until it puts a token to
    /// <c>$cbs</c>.
    /// </summary>
    private static readonly Symbol[] Mechanisms = ["MSSBCBS", Plain, "ANONYMOUS", "EXTERNAL"];

    /// <returns>Whether the connection may continue as AMQP.</returns>
    /// <exception cref="EndOfStreamException">The client disconnected.</exception>
    public async Task<bool> RunAsync(SocketTransport transport, CancellationToken cancellationToken)
    {
        var header = await transport.ReadAsync(HeaderBytes, cancellationToken).ConfigureAwait(false);
        await transport.WriteAsync(Header, cancellationToken).ConfigureAwait(false);
        if (!header.AsSpan().SequenceEqual(Header))
            return false;

        await SendAsync(transport, new SaslMechanisms { SaslServerMechanisms = Mechanisms }, cancellationToken).ConfigureAwait(false);
        var isAccepted = await ReadAsync(transport, cancellationToken).ConfigureAwait(false) is SaslInit init && Accepts(transport, init);
        var outcome = new SaslOutcome { Code = isAccepted ? SaslCode.Ok : SaslCode.Auth };
        await SendAsync(transport, outcome, cancellationToken).ConfigureAwait(false);
        if (!isAccepted)
            return false;

        await transport.FillAsync(HeaderBytes, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private bool Accepts(SocketTransport transport, SaslInit init)
    {
        if (init.Mechanism != Plain)
            return Mechanisms.Contains(init.Mechanism);

        // RFC 4616: authorization identity, name and password, with a NUL between.
        if (init.InitialResponse is null || System.Text.Encoding.UTF8.GetString(init.InitialResponse).Split('\0') is not [_, var name, var password])
            return false;
        if (!key.Is(name, password))
            return false;
        transport.Principal = new GenericPrincipal(new GenericIdentity(name, Plain), []);
        return true;
    }

    private static async Task<object?> ReadAsync(SocketTransport transport, CancellationToken cancellationToken)
    {
        var header = await transport.ReadAsync(FrameHeaderBytes, cancellationToken).ConfigureAwait(false);
        var size = BinaryPrimitives.ReadUInt32BigEndian(header);
        var offset = header[4] * 4;
        if (size > MaxFrameBytes || offset < FrameHeaderBytes || offset >= size || header[5] != SaslFrame)
            return null;
        var rest = await transport.ReadAsync((int)size - FrameHeaderBytes, cancellationToken).ConfigureAwait(false);
        var skip = offset - FrameHeaderBytes;
        return Encoder.ReadObject(new ByteBuffer(rest, skip, rest.Length - skip, rest.Length - skip));
    }

    private static ValueTask SendAsync(SocketTransport transport, DescribedList performative, CancellationToken cancellationToken)
    {
        var content = new ByteBuffer(MaxFrameBytes, autoGrow: true);
        performative.Encode(content);
        var frame = new byte[FrameHeaderBytes + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        frame[4] = FrameHeaderBytes / 4;
        frame[5] = SaslFrame;
        content.Buffer.AsSpan(content.Offset, content.Length).CopyTo(frame.AsSpan(FrameHeaderBytes));
        return transport.WriteAsync(frame, cancellationToken);
    }
}

using System.Text;
using BenchmarkDotNet.Attributes;
using LocalHost.Samples;
using NSec.Cryptography;

namespace Benchmarks.Suites.Verify;

/// <summary>Scheme <c>v1a</c> of Gemini's dynamic webhooks: Ed25519 over id, time and body, under a published key.</summary>
public class GeminiSignatureScheme : PublishedKeyScheme
{
    private const string Id = "msg_2b7ff1a5c0d94b1d8a54e5cf";

    private readonly Ed25519Key _key = Ed25519Key.Create();
    private PublicKey? _publicKey;
    private byte[] _content = [];
    private byte[] _signature = [];

    protected override Dictionary<string, string?> Settings => new(base.Settings) { ["GEMINI_WEBHOOK_TOKEN"] = "a-token-of-the-benchmark" };

    protected override string Document => Ed25519Key.Publish(_key);

    /// <summary>Verifies the signature with the library, over the same bytes in one buffer.</summary>
    [Benchmark(Baseline = true)]
    public bool Raw() => SignatureAlgorithm.Ed25519.Verify(_publicKey!, _content, _signature);

    protected override (Dictionary<string, string> Genuine, string SignatureHeader, string WrongSignature) Sign()
    {
        _publicKey = PublicKey.Import(SignatureAlgorithm.Ed25519, _key.PublicKey.Span, KeyBlobFormat.RawPublicKey);
        _content = [.. Encoding.ASCII.GetBytes($"{Id}.{Timestamp}."), .. Body];
        _signature = _key.Sign(_content);
        var headers = new Dictionary<string, string>
        {
            ["webhook-id"] = Id,
            ["webhook-timestamp"] = Timestamp,
            ["webhook-signature"] = Entry(_signature),
        };
        return (headers, "webhook-signature", Entry(Ed25519Key.Create().Sign(_content)));
    }

    private static string Entry(byte[] signature) => "v1a," + Convert.ToBase64String(signature);
}

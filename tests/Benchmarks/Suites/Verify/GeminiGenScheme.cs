using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;

namespace Benchmarks.Suites.Verify;

/// <summary>Scheme of GeminiGen.AI's webhooks: RSA over the event id, which is in the body.</summary>
public class GeminiGenScheme : MeasuredScheme
{
    private const string EventId = "6d8d5c1e-54e0-4f0a-a3a7-6a0a9bd6d6c1";

    private readonly RSA _key = RSA.Create(2048);
    private byte[] _digest = [];
    private byte[] _signature = [];

    protected override (string Provider, string? Mode) Endpoint => ("geminigen", null);

    protected override Dictionary<string, string?> Settings => new() { ["GEMINIGEN_PUBLIC_KEY"] = _key.ExportSubjectPublicKeyInfoPem() };

    /// <summary>Verifies the signature with the framework, and a key object that is reused.</summary>
    [Benchmark(Baseline = true)]
    public bool Raw() => _key.VerifyData(_digest, _signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    /// <summary>Does the same after it has parsed the body, because any verifier must read the id from there.</summary>
    [Benchmark]
    public bool RawAfterParsing()
    {
        using var body = JsonDocument.Parse(Body);
        return body.RootElement.TryGetProperty("event_uuid", out _) && Raw();
    }

    protected override byte[] NewBody(int bytes)
    {
        var rest = Encoding.ASCII.GetString(base.NewBody(bytes - EventId.Length - 64));
        return Padded($$"""{"event_uuid":"{{EventId}}","event_name":"VIDEO_GENERATION",{{rest[1..]}}""", bytes);
    }

    protected override (Dictionary<string, string> Genuine, string SignatureHeader, string WrongSignature) Sign()
    {
#pragma warning disable CA5351 // MD5 is what this provider signs.
        _digest = MD5.HashData(Encoding.ASCII.GetBytes(EventId));
#pragma warning restore CA5351
        _signature = _key.SignData(_digest, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var other = _key.SignData([1], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return (new() { ["x-signature"] = Convert.ToHexStringLower(_signature) }, "x-signature", Convert.ToHexStringLower(other));
    }
}

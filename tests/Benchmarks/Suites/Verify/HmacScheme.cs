using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;

namespace Benchmarks.Suites.Verify;

/// <summary>Scheme that signs a short prefix and the body with HMAC-SHA256.</summary>
public abstract class HmacScheme : MeasuredScheme
{
    private readonly byte[] _mac = new byte[HMACSHA256.HashSizeInBytes];
    private byte[] _key = [];
    private byte[] _content = [];

    /// <summary>Computes the framework's one-shot HMAC over the same bytes.</summary>
    [Benchmark(Baseline = true)]
    public int Raw() => HMACSHA256.HashData(_key, _content, _mac);

    /// <summary>Returns the signature over <paramref name="prefix"/> and the body, and a wrong one.</summary>
    protected (byte[] Genuine, byte[] Wrong) Sign(byte[] key, string prefix)
    {
        _key = key;
        _content = [.. Encoding.ASCII.GetBytes(prefix), .. Body];
        return (HMACSHA256.HashData(_key, _content), RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes));
    }
}

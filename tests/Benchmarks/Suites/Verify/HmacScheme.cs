using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;

namespace Benchmarks.Suites.Verify;

/// <summary>A scheme on HMAC-SHA256 over a few words and the body.</summary>
public abstract class HmacScheme : MeasuredScheme
{
    private readonly byte[] _mac = new byte[HMACSHA256.HashSizeInBytes];
    private byte[] _key = [];
    private byte[] _content = [];

    /// <summary>The framework's HMAC over the same bytes, in one piece.</summary>
    [Benchmark(Baseline = true)]
    public int Raw() => HMACSHA256.HashData(_key, _content, _mac);

    /// <summary>The signature over <paramref name="words"/> and the body, and one that is none.</summary>
    protected (byte[] Genuine, byte[] Wrong) Sign(byte[] key, string words)
    {
        _key = key;
        _content = [.. Encoding.ASCII.GetBytes(words), .. Body];
        return (HMACSHA256.HashData(_key, _content), RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes));
    }
}

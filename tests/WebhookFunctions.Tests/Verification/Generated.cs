using CsCheck;

namespace WebhookFunctions.Tests.Verification;

/// <summary>What the property tests draw from.</summary>
internal static class Generated
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>
    /// Any bytes, up to 1 MiB of them. Most are short, where the edges are; the bytes come from a seed, since a counterexample of a megabyte
    /// is neither found faster nor read by anyone.
    /// </summary>
    public static readonly Gen<byte[]> Body = Gen.Frequency(
            (3, Gen.Int[0, 300]),
            (1, Gen.Int[0, Megabyte]),
            (1, Gen.OneOf(1, 63, 64, 65, 4096, Megabyte)))
        .Select(Gen.Int, (length, seed) =>
        {
            var body = new byte[length];
#pragma warning disable CA5394 // Not for a secret.
            new Random(seed).NextBytes(body);
#pragma warning restore CA5394
            return body;
        });

    /// <summary>A key of 16 to 64 bytes.</summary>
    public static readonly Gen<byte[]> Key = Gen.Byte.Array[16, 64];

    /// <summary>A header value as a client may send one: visible ASCII, and now and then letters that UTF-8 writes with more bytes.</summary>
    public static readonly Gen<string> Id = Gen.Frequency(
        (4, Gen.Char["abcXYZ0189_-.~:/\\#?%"].Array[1, 80].Select(letters => new string(letters))),
        (1, Gen.OneOf("é", "ключ", "🎬", "a b", "..", new string('x', 1024))));

    /// <summary><paramref name="bytes"/> with one bit turned.</summary>
    public static byte[] Flip(byte[] bytes, uint bit)
    {
        var index = (int)(bit % (uint)(bytes.Length * 8));
        var copy = bytes.ToArray();
        copy[index / 8] ^= (byte)(1 << index % 8);
        return copy;
    }

    /// <summary><paramref name="text"/> with one bit of one of its ASCII characters turned.</summary>
    public static string Flip(string text, uint bit)
    {
        var index = (int)(bit % (uint)(text.Length * 7));
        var letters = text.ToCharArray();
        letters[index / 7] ^= (char)(1 << index % 7);
        return new string(letters);
    }
}

using CsCheck;

namespace WebhookFunctions.Tests.Verification;

/// <summary>Generators for the property tests.</summary>
internal static class Generated
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>
    /// Bytes of any length up to 1 MiB. Most are short, because edge cases are there. The bytes are derived from a seed, because shrinking a
    /// counterexample of a megabyte byte by byte would be slow and of no use.
    /// </summary>
    public static readonly Gen<byte[]> Body = Gen.Frequency(
            (3, Gen.Int[0, 300]),
            (1, Gen.Int[0, Megabyte]),
            (1, Gen.OneOf(1, 63, 64, 65, 4096, Megabyte)))
        .Select(Gen.Int, (length, seed) =>
        {
            var body = new byte[length];
#pragma warning disable CA5394 // The bytes are no secret.
            new Random(seed).NextBytes(body);
#pragma warning restore CA5394
            return body;
        });

    /// <summary>Keys of 16 to 64 bytes.</summary>
    public static readonly Gen<byte[]> Key = Gen.Byte.Array[16, 64];

    /// <summary>Header values that a client may send: visible ASCII, and sometimes letters with several bytes in UTF-8.</summary>
    public static readonly Gen<string> Id = Gen.Frequency(
        (4, Gen.Char["abcXYZ0189_-.~:/\\#?%"].Array[1, 80].Select(letters => new string(letters))),
        (1, Gen.OneOf("é", "ключ", "🎬", "a b", "..", new string('x', 1024))));

    /// <summary>Returns <paramref name="bytes"/> with one bit flipped.</summary>
    public static byte[] Flip(byte[] bytes, uint bit)
    {
        var index = (int)(bit % (uint)(bytes.Length * 8));
        var copy = bytes.ToArray();
        copy[index / 8] ^= (byte)(1 << index % 8);
        return copy;
    }

    /// <summary>Returns <paramref name="text"/> with one bit of one of its ASCII characters flipped.</summary>
    public static string Flip(string text, uint bit)
    {
        var index = (int)(bit % (uint)(text.Length * 7));
        var letters = text.ToCharArray();
        letters[index / 7] ^= (char)(1 << index % 7);
        return new string(letters);
    }
}

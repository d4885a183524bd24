using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace WebhookFunctions.Model;

/// <summary>
/// Encoding of any id as a part of a table key or blob name, so that two ids never share one. Letters, digits and <c>- _ . ~ :</c> stay as they are.
/// Every other character, including <c>%</c>, is percent-encoded as UTF-8. A lone surrogate, which UTF-8 cannot hold, is encoded as the three bytes
/// of its value, which no other text yields.
/// </summary>
public static class KeyEncoding
{
    /// <summary>The maximum length of a key; a longer one is cut. Azure Tables allows 1,024 characters for a key, and a blob's whole name may have
    /// as many.</summary>
    public const int MaxLength = 200;

    private const int KeptLength = 100;

    // This character is always encoded in an id, so no short id's key looks like a long id's.
    private const char CutMark = '!';

    private static readonly SearchValues<char> Safe =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~:");

    /// <summary>Returns the key of <paramref name="id"/>. Above 200 characters it is the first 100 and the id's SHA-256.</summary>
    public static string Encode(string id)
    {
        var key = Escape(id);
        return key.Length <= MaxLength
            ? key
            : string.Concat(key.AsSpan(0, KeptLength), [CutMark], Convert.ToHexStringLower(SHA256.HashData(Utf8(id))));
    }

    /// <summary>
    /// Returns <paramref name="id"/> as a part of a blob name: its key, and never <c>.</c> or <c>..</c>. Azure advises against path segments that
    /// end with a dot, so a final dot is encoded.
    /// </summary>
    public static string EncodeBlobPart(string id)
    {
        var key = Encode(id);
        return key.EndsWith('.') ? string.Concat(key.AsSpan(0, key.Length - 1), "%2E") : key;
    }

    /// <summary>Returns <paramref name="id"/> with each lone surrogate replaced by U+FFFD.</summary>
    public static string WellFormed(string id) =>
        id.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0 ? id : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(id));

    /// <summary>Returns <paramref name="id"/> as UTF-8, with lone surrogates as the three bytes of their value, so that different ids give different
    /// bytes.</summary>
    public static byte[] Utf8(string id)
    {
        if (id.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0)
        {
            return Encoding.UTF8.GetBytes(id);
        }

        var bytes = new ArrayBufferWriter<byte>(id.Length * 3);
        Span<byte> encoded = stackalloc byte[4];
        for (var i = 0; i < id.Length;)
        {
            if (Rune.TryGetRuneAt(id, i, out var rune))
            {
                bytes.Write(encoded[..rune.EncodeToUtf8(encoded)]);
                i += rune.Utf16SequenceLength;
                continue;
            }

            int surrogate = id[i++];
            bytes.Write([(byte)(0xE0 | surrogate >> 12), (byte)(0x80 | surrogate >> 6 & 0x3F), (byte)(0x80 | surrogate & 0x3F)]);
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Returns the SHA-256, in lower-case hex, of the id from which <see cref="Encode"/> made <paramref name="key"/>.</summary>
    public static string Sha256Of(string key) =>
        key.IndexOf(CutMark, StringComparison.Ordinal) is >= 0 and var cut
            ? key[(cut + 1)..]
            : Convert.ToHexStringLower(SHA256.HashData(Unescape(key)));

    private static byte[] Unescape(string key)
    {
        var id = new byte[key.Length];
        var length = 0;
        for (var i = 0; i < key.Length; i++)
        {
            if (key[i] == '%')
            {
                id[length++] = byte.Parse(key.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                i += 2;
            }
            else
            {
                id[length++] = (byte)key[i];
            }
        }

        return id[..length];
    }

    private static string Escape(string id)
    {
        if (id.AsSpan().IndexOfAnyExcept(Safe) < 0)
        {
            return id;
        }

        var key = new StringBuilder(id.Length * 2);
        foreach (var octet in Utf8(id))
        {
            if (Safe.Contains((char)octet))
            {
                key.Append((char)octet);
            }
            else
            {
                key.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
            }
        }

        return key.ToString();
    }
}

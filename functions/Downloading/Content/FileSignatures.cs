namespace WebhookFunctions.Downloading.Content;

/// <summary>Signatures of formats that their first bytes identify.</summary>
internal static class FileSignatures
{
    private static readonly (int Offset, byte[] Bytes, string MediaType)[] Simple =
    [
        (0, [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A], "image/png"),
        (0, [0xFF, 0xD8, 0xFF], "image/jpeg"),
        (0, [.. "GIF8"u8], "image/gif"),
        (0, [.. "II*"u8, 0], "image/tiff"),
        (0, [.. "MM"u8, 0, .. "*"u8], "image/tiff"),
        (0, [.. "fLaC"u8], "audio/flac"),
        (0, [.. "OggS"u8], "audio/ogg"),
        (0, [.. "ID3"u8], "audio/mpeg"),
        (0, [.. "#!AMR"u8], "audio/amr"),
        (0, [.. ".snd"u8], "audio/basic"),
        (0, [0, 0, 1, 0xBA], "video/mpeg"),
        (0, [0, 0, 1, 0xB3], "video/mpeg"),
        (0, [.. "%PDF-"u8], "application/pdf"),
        (0, [.. "PK"u8, 3, 4], "application/zip"),
        (0, [0x1F, 0x8B, 0x08], "application/gzip"),
        (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "application/x-7z-compressed"),
        (0, [0x28, 0xB5, 0x2F, 0xFD], "application/zstd"),
        (257, [.. "ustar"u8], "application/x-tar"),
        (0, [.. "glTF"u8, 2, 0, 0, 0], "model/gltf-binary"),
        (0, [.. "MThd"u8, 0, 0, 0, 6], "audio/midi"),
        (0, [.. "FLV"u8, 1], "video/x-flv"),
        (0, [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], "video/x-ms-asf"),
        (0, [0, 0, 0, 0x0C, .. "JXL "u8, 0x0D, 0x0A, 0x87, 0x0A], "image/jxl"),
        (0, [.. "8BPS"u8, 0, 1], "image/vnd.adobe.photoshop"),
    ];

    private static readonly (byte[] Brand, string MediaType)[] IsoBrands =
    [
        ([.. "qt  "u8], "video/quicktime"),
        ([.. "M4A "u8], "audio/mp4"),
        ([.. "M4B "u8], "audio/mp4"),
        ([.. "M4V "u8], "video/x-m4v"),
        ([.. "M4VH"u8], "video/x-m4v"),
        ([.. "M4VP"u8], "video/x-m4v"),
        ([.. "F4V "u8], "video/x-f4v"),
        ([.. "avif"u8], "image/avif"),
        ([.. "avis"u8], "image/avif"),
        ([.. "heic"u8], "image/heic"),
        ([.. "heix"u8], "image/heic"),
        ([.. "heim"u8], "image/heic"),
        ([.. "heis"u8], "image/heic"),
        ([.. "hevc"u8], "image/heic"),
        ([.. "hevx"u8], "image/heic"),
        ([.. "hevm"u8], "image/heic"),
        ([.. "hevs"u8], "image/heic"),
        ([.. "mif1"u8], "image/heic"),
        ([.. "msf1"u8], "image/heic"),
        // A prefix instead of a whole brand: it matches all releases of the 3GPP profiles.
        ([.. "3gp"u8], "video/3gpp"),
        ([.. "3gr"u8], "video/3gpp"),
        ([.. "3gs"u8], "video/3gpp"),
        ([.. "3ge"u8], "video/3gpp"),
        ([.. "3g2"u8], "video/3gpp2"),
    ];

    /// <summary>Returns the media type of the format; null if none is recognized.</summary>
    public static string? MediaType(ReadOnlySpan<byte> start)
    {
        foreach (var (offset, bytes, mediaType) in Simple)
        {
            if (start.Length > offset && start[offset..].StartsWith(bytes))
            {
                return mediaType;
            }
        }

        return Container(start) ?? Frames(start);
    }

    private static string? Container(ReadOnlySpan<byte> start)
    {
        if (start.Length < 12)
        {
            return null;
        }

        // Many texts begin with "BM". In a bitmap the reserved field after the length is zero.
        if (start.StartsWith("BM"u8) && start.Slice(6, 4).IndexOfAnyExcept((byte)0) < 0)
        {
            return "image/bmp";
        }

        var form = start.Slice(8, 4);
        if (start.StartsWith("RIFF"u8))
        {
            return form.SequenceEqual("WAVE"u8) ? "audio/wav" : form.SequenceEqual("AVI "u8) ? "video/x-msvideo" : form.SequenceEqual("WEBP"u8) ? "image/webp" : null;
        }

        if (start.StartsWith("FORM"u8) && form.StartsWith("AIF"u8))
        {
            return "audio/aiff";
        }

        if (start[4..].StartsWith("ftyp"u8))
        {
            foreach (var (brand, mediaType) in IsoBrands)
            {
                if (form.StartsWith(brand))
                {
                    return mediaType;
                }
            }

            return "video/mp4";
        }

        // EBML: the document type is among the first bytes.
        return start.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])
            ? start[..Math.Min(64, start.Length)].IndexOf("webm"u8) >= 0 ? "video/webm" : "video/x-matroska"
            : null;
    }

    // Recognizes MPEG audio, which has no signature but a sync word of eleven bits. Layer and rate must not be reserved values. Layer I, which is
    // not used in practice, is excluded, because it would match the byte order mark of UTF-16.
    private static string? Frames(ReadOnlySpan<byte> start)
    {
        const int TransportPacket = 188;
        if (start.Length > TransportPacket && start[0] == 0x47 && start[TransportPacket] == 0x47)
        {
            return "video/mp2t";
        }

        if (start.Length < 4 || start[0] != 0xFF || (start[1] & 0xE0) != 0xE0)
        {
            return null;
        }

        return (start[1] & 0xF6) == 0xF0 ? "audio/aac"
            : (start[1] & 0x06) is 0x02 or 0x04 && (start[1] & 0x18) != 0x08 && (start[2] & 0xF0) != 0xF0 && (start[2] & 0x0C) != 0x0C ? "audio/mpeg"
            : null;
    }
}

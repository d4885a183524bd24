using System.IO.Compression;
using System.Text;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Downloading;

public sealed class ContentKindTests
{
    private static readonly string Tar = Convert.ToHexString([.. "a.txt"u8, .. new byte[252], .. "ustar"u8, 0, .. "00"u8, .. new byte[240]]);

    [Theory]
    [InlineData("00000018667479706D703432", null, "video/mp4", ".mp4")]
    [InlineData("000000186674797069736F6D", "application/octet-stream", "video/mp4", ".mp4")]
    [InlineData("000000186674797069736F6D", "text/html", "video/mp4", ".mp4")]
    [InlineData("000000186674797069736F6D", "image/png", "video/mp4", ".mp4")]
    [InlineData("000000186674797069736F6D", "video/quicktime", "video/quicktime", ".mov")]
    [InlineData("00000018667479704D344120", null, "audio/mp4", ".m4a")]
    [InlineData("000000146674797071742020", null, "video/quicktime", ".mov")]
    [InlineData("0000001C6674797061766966", null, "image/avif", ".avif")]
    [InlineData("1A45DFA39F4286810142F7810142F2810442F381084282847765626D", null, "video/webm", ".webm")]
    [InlineData("1A45DFA39F4286810142F7810142F2810442F38108428288", null, "video/x-matroska", ".mkv")]
    [InlineData("89504E470D0A1A0A0000000D", "image/jpeg", "image/png", ".png")]
    [InlineData("FFD8FFE000104A464946", null, "image/jpeg", ".jpg")]
    [InlineData("474946383961", null, "image/gif", ".gif")]
    [InlineData("524946460000000057454250", null, "image/webp", ".webp")]
    [InlineData("524946460000000057415645", null, "audio/wav", ".wav")]
    [InlineData("524946460000000041564920", null, "video/x-msvideo", ".avi")]
    [InlineData("494433040000000000", null, "audio/mpeg", ".mp3")]
    [InlineData("FFFB9064", null, "audio/mpeg", ".mp3")]
    [InlineData("FFF15080", null, "audio/aac", ".aac")]
    [InlineData("4F67675300020000", "audio/opus", "audio/opus", ".opus")]
    [InlineData("664C614300000022", null, "audio/flac", ".flac")]
    [InlineData("0001020304050607", "video/mp4", "video/mp4", ".mp4")]
    [InlineData("0001020304050607", "video/x-of-tomorrow", "video/x-of-tomorrow", ".bin")]
    [InlineData("0001020304050607", "text/html", "application/octet-stream", ".bin")]
    [InlineData("0001020304050607", null, "application/octet-stream", ".bin")]
    public void Media_is_recognized_by_its_bytes(string start, string? declared, string mediaType, string extension)
    {
        var recognition = ContentKind.Recognize(AssetKind.Media, declared, null, Convert.FromHexString(start));
        Assert.Equal(new ContentRecognition.Recognized(new ContentKind(mediaType, extension)), recognition);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><p>")]
    [InlineData("\ufeff<!doctype HTML>")]
    [InlineData("\r\n\t <html lang=en>")]
    [InlineData("<!-- x --><head>")]
    [InlineData("<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>")]
    [InlineData("<script>location='x'</script>")]
    [InlineData("{\"error\":{\"code\":404}}")]
    [InlineData("  [1,2]")]
    [InlineData("<?xml version=\"1.0\"?><Error/>")]
    [InlineData("<Error><Code>NoSuchKey</Code></Error>")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>")]
    [InlineData("Not found")]
    [InlineData("#EXTM3U\n#EXT-X-VERSION:3")]
    [InlineData("Größe überschritten")]
    [InlineData("x")]
    public void A_page_or_a_text_is_not_accepted_as_media_whatever_its_name_or_type(string text)
    {
        foreach (var declared in new[] { null, "video/mp4", "image/png", "application/octet-stream", "text/html", "application/json" })
        {
            Assert.IsType<ContentRecognition.Unexpected>(ContentKind.Recognize(AssetKind.Media, declared, null, Encoding.UTF8.GetBytes(text)));
            Assert.IsType<ContentRecognition.Unexpected>(ContentKind.Recognize(AssetKind.Media, declared, null, [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(text)]));
        }
    }

    [Fact]
    public void A_text_that_is_cut_within_a_character_is_still_a_text()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("日本語", 200)));
        for (var length = ContentKind.SampleBytes - 4; length <= ContentKind.SampleBytes; length++)
        {
            Assert.IsType<ContentRecognition.Unexpected>(ContentKind.Recognize(AssetKind.Media, "video/mp4", null, text.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData("<html><body>Acc\u00e8s refus\u00e9")]
    [InlineData("\r\n<!DOCTYPE html><p>\u00c0\u00c1\u00c2")]
    [InlineData("{\"error\":\"expir\u00e9\"}")]
    [InlineData("<Error>\u00fcber</Error>")]
    public void A_page_in_an_8_bit_encoding_is_not_accepted_as_media(string text) =>
        Assert.IsType<ContentRecognition.Unexpected>(ContentKind.Recognize(AssetKind.Media, "video/mp4", null, Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData("BM, the maker of this service, is closed.", false)]
    [InlineData("424D36000C0000000000360000002800", true)]
    public void A_text_that_begins_like_a_bitmap_is_a_text(string start, bool isBitmap)
    {
        var recognition = ContentKind.Recognize(AssetKind.Media, null, null, isBitmap ? Convert.FromHexString(start) : Encoding.ASCII.GetBytes(start));
        Assert.Equal(isBitmap ? ".bmp" : null, (recognition as ContentRecognition.Recognized)?.Kind.Extension);
    }

    [Theory]
    [InlineData((byte)0x80)]
    [InlineData((byte)0xD5)]
    [InlineData((byte)0xFF)]
    public void Silent_audio_is_not_recognized_as_a_text(byte sample) =>
        Assert.Equal(".pcm", Assert.IsType<ContentRecognition.Recognized>(ContentKind.Recognize(AssetKind.Media, "audio/pcm", null, Enumerable.Repeat(sample, 1024).ToArray())).Kind.Extension);

    [Fact]
    public void An_svg_file_is_accepted_as_a_picture_if_it_is_declared_as_one() =>
        Assert.Equal(".svg", Assert.IsType<ContentRecognition.Recognized>(ContentKind.Recognize(AssetKind.Media, "image/svg+xml", null, "<svg xmlns='http://www.w3.org/2000/svg'/>"u8)).Kind.Extension);

    [Theory]
    [InlineData("{\"a\":1}", "application/json", "application/json", ".json")]
    [InlineData("{\"a\":1}", null, "application/json", ".json")]
    [InlineData("{\"a\":1}\n{\"a\":2}\n", "application/octet-stream", "application/jsonl", ".jsonl")]
    [InlineData("{\"a\":1}", "application/x-ndjson", "application/jsonl", ".jsonl")]
    [InlineData("[{\"a\":1}]", "text/plain", "application/json", ".json")]
    [InlineData("key,text\n1,x\n", "text/csv", "text/csv", ".csv")]
    [InlineData("key,text\n1,x\n", "text/html", "text/plain", ".txt")]
    [InlineData("key,text\n1,x\n", "application/octet-stream", "text/plain", ".txt")]
    public void A_document_is_recognized_by_its_first_bytes(string text, string? declared, string mediaType, string extension)
    {
        var recognition = ContentKind.Recognize(AssetKind.Document, declared, null, Encoding.UTF8.GetBytes(text));
        Assert.Equal(new ContentRecognition.Recognized(new ContentKind(mediaType, extension)), recognition);
    }

    [Theory]
    [InlineData("<!DOCTYPE html>")]
    [InlineData("<Error><Code>AccessDenied</Code></Error>")]
    public void A_page_is_not_accepted_as_a_document(string text) =>
        Assert.IsType<ContentRecognition.Unexpected>(ContentKind.Recognize(AssetKind.Document, "application/json", null, Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("video/mp4", null)]
    [InlineData("text/html", "an HTML page")]
    [InlineData("application/json; odd", null)]
    [InlineData("application/json", "JSON")]
    public void The_declared_type_decides_about_an_encoded_body(string declared, string? problem) =>
        Assert.Equal(problem, (ContentKind.Recognize(AssetKind.Media, declared, "gzip", [0x1F, 0x8B, 8]) as ContentRecognition.Unexpected)?.Found);

    /// <summary>Gets rows of the first bytes, the declared type and the file's name, with the expected type and extension.</summary>
    public static TheoryData<string, string?, string?, string, string> AnyFiles { get; } = new()
    {
        // The bytes decide, whatever type is declared.
        { Hex("glTF\x02\0\0\0"), "application/octet-stream", "x.bin", "model/gltf-binary", ".glb" },
        { Hex("MThd\0\0\0\x06"), null, null, "audio/midi", ".mid" },
        { Hex("FLV\x01\x05\0\0\0"), "video/mp4", null, "video/x-flv", ".flv" },
        { "0000000C4A584C200D0A870A", null, null, "image/jxl", ".jxl" },
        { "00000018667479706865766300000000", null, "a.mp4", "image/heic", ".heic" },
        { "000000186674797068657678", null, null, "image/heic", ".heic" },
        { "00000018667479706D696631", "image/heif", null, "image/heif", ".heif" },
        { "0000001866747970336770340000", null, null, "video/3gpp", ".3gp" },
        { "0000001866747970336732610000", null, null, "video/3gpp2", ".3g2" },
        { "00000018667479704D3456200000", null, null, "video/x-m4v", ".m4v" },
        { "000000186674797069736F6D", "video/mp4", "clip.m4v", "video/x-m4v", ".m4v" },
        { "000000186674797069736F6D", "binary/octet-stream", "clip.mov", "video/quicktime", ".mov" },
        { "000000186674797069736F6D", "video/mp4", "clip.html", "video/mp4", ".mp4" },
        { "377ABCAF271C0004", null, null, "application/x-7z-compressed", ".7z" },
        { "28B52FFD0458", null, "weights.tar.zst", "application/zstd", ".zst" },
        { Tar, "application/octet-stream", "flux-lora.tar", "application/x-tar", ".tar" },
        { Tar, "application/x-tar", "flux-lora", "application/x-tar", ".tar" },
        // The declared type or the name says which kind of archive it is.
        { "504B030414000000", "model/vnd.usdz+zip", "https-file", "model/vnd.usdz+zip", ".usdz" },
        { "504B030414000000", "application/octet-stream", "scene.usdz", "model/vnd.usdz+zip", ".usdz" },
        { "504B030414000000", "application/zip", "book.epub", "application/epub+zip", ".epub" },
        { "504B030414000000", "application/zip", "report.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx" },
        { "504B030414000000", null, "model.pt", "application/zip", ".pt" },
        { "504B030414000000", null, "array.npz", "application/zip", ".npz" },
        { "504B030414000000", "video/mp4", "video.mp4", "application/zip", ".zip" },
        { "504B030414000000", "application/zip", null, "application/zip", ".zip" },
        { "1F8B080000000000", null, "splat.spz", "application/gzip", ".spz" },
        { "1F8B080000000000", null, "out.tar.gz", "application/gzip", ".gz" },
        // The bytes identify no type. The declared type decides if it is specific, otherwise the name.
        { "0001020304050607", "audio/midi", null, "audio/midi", ".mid" },
        { "0001020304050607", "audio/midi", "song.kar", "audio/midi", ".kar" },
        { "0001020304050607", "image/jxl", null, "image/jxl", ".jxl" },
        { "0001020304050607", "video/x-flv", "x.bin", "video/x-flv", ".flv" },
        { "0001020304050607", "model/gltf-binary", null, "model/gltf-binary", ".glb" },
        { "0001020304050607", "application/octet-stream", "lora.safetensors", "application/octet-stream", ".safetensors" },
        { "0001020304050607", null, "/a/b/LORA.SafeTensors", "application/octet-stream", ".safetensors" },
        { "0001020304050607", "binary/octet-stream", "mesh.stl", "model/stl", ".stl" },
        { "0001020304050607", null, "mesh.ply", "application/octet-stream", ".ply" },
        { "0001020304050607", "application/x-unknown", "pose.npy", "application/octet-stream", ".npy" },
        { "0001020304050607", "application/vnd.none-that-is-known", "x.mid", "audio/midi", ".mid" },
        { "0001020304050607", null, "download.php", "application/octet-stream", ".bin" },
        { "0001020304050607", null, "v1.2", "application/octet-stream", ".bin" },
        { "0001020304050607", null, ".hidden", "application/octet-stream", ".bin" },
        { "0001020304050607", "text/html", "page.html", "application/octet-stream", ".bin" },
        // Texts.
        { Hex("1\n00:00:01,000 --> 00:00:02,000\nHello\n"), "application/octet-stream", "out.srt", "application/x-subrip", ".srt" },
        { Hex("1\n00:00:01,000 --> 00:00:02,000\nHello\n"), "text/plain", "out.srt", "application/x-subrip", ".srt" },
        { Hex("1\n00:00:01,000 --> 00:00:02,000\nHello\n"), "application/x-subrip", "out", "application/x-subrip", ".srt" },
        { Hex("WEBVTT\n\n00:01.000 --> 00:02.000\nHi"), "text/vtt", null, "text/vtt", ".vtt" },
        { Hex("a,b\n1,2\n"), "text/csv", null, "text/csv", ".csv" },
        { Hex("a,b\n1,2\n"), "binary/octet-stream", "table.csv", "text/csv", ".csv" },
        { Hex("# Title\n\nText"), "text/markdown", "x", "text/markdown", ".md" },
        { Hex("# Title\n\nText"), null, "README.md", "text/markdown", ".md" },
        { Hex("v 0 0 0\nv 1 0 0\nf 1 2 3\n"), null, "mesh.obj", "model/obj", ".obj" },
        { Hex("ply\nformat ascii 1.0\n"), "application/octet-stream", "mesh.ply", "text/plain", ".ply" },
        { Hex("{\"asset\":{\"version\":\"2.0\"}}"), "model/gltf+json", null, "model/gltf+json", ".gltf" },
        { Hex("{\"asset\":{\"version\":\"2.0\"}}"), null, "scene.gltf", "model/gltf+json", ".gltf" },
        { Hex("{\"segments\":[]}"), "application/json", "out.json", "application/json", ".json" },
        { Hex("{\"status\":\"processing\"}"), "application/json", null, "application/json", ".json" },
        { Hex("{\"a\":1}\n{\"a\":2}\n"), null, null, "application/jsonl", ".jsonl" },
        { Hex("Once upon a time"), null, null, "text/plain", ".txt" },
        { Hex("Once upon a time"), "text/html", "story.txt", "text/plain", ".txt" },
        { Hex("<svg xmlns='http://www.w3.org/2000/svg'/>"), "image/svg+xml", null, "image/svg+xml", ".svg" },
        { Hex("<svg xmlns='http://www.w3.org/2000/svg'/>"), null, "logo.svg", "image/svg+xml", ".svg" },
        { Hex("<?xml version='1.0'?><a/>"), null, null, "application/xml", ".xml" },
        { Hex("<!DOCTYPE html><p>"), "text/html", "report.html", "text/html", ".html" },
        { Hex("<!DOCTYPE html><p>"), "application/octet-stream", "report.htm", "text/html", ".htm" },
    };

    [Theory]
    [MemberData(nameof(AnyFiles))]
    public void A_file_of_any_kind_is_accepted(string start, string? declared, string? name, string mediaType, string extension)
    {
        var recognition = ContentKind.Recognize(AssetKind.AnyFile, declared, null, Convert.FromHexString(start), name is null ? [] : [name]);

        Assert.Equal(new ContentRecognition.Recognized(new ContentKind(mediaType, extension)), recognition);
    }

    [Theory]
    [InlineData("text/html", "picture.png")]
    [InlineData("text/html", null)]
    [InlineData("text/html", "subtitles.srt")]
    [InlineData("video/mp4", "page.html")]
    [InlineData(null, null)]
    public void A_page_is_refused_unless_the_link_names_one(string? declared, string? name) => Assert.Equal(
        new ContentRecognition.Unexpected("an HTML page"),
        ContentKind.Recognize(AssetKind.AnyFile, declared, null, "<!DOCTYPE html><p>Expired"u8, name is null ? [] : [name]));

    [Theory]
    [InlineData("""{"status":"processing"}""", true)]
    [InlineData("""{"status":"PENDING","progress":3}""", true)]
    [InlineData("""{"state":"in_progress"}""", true)]
    [InlineData("""{"data":{"status":"queued"}}""", true)]
    [InlineData("""{"status":"failed"}""", false)]
    [InlineData("""{"error":"expired"}""", false)]
    [InlineData("""["processing"]""", false)]
    [InlineData("""{"status":"processing" """, false)]
    [InlineData("processing", false)]
    public void A_JSON_answer_in_place_of_media_may_report_that_they_are_being_generated(string answer, bool isProgress) => Assert.Equal(
        isProgress,
        Assert.IsType<ContentRecognition.Unexpected>(ContentKind.Recognize(AssetKind.Media, "application/json", null, Encoding.UTF8.GetBytes(answer))).IsProgress);

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("zlib")]
    [InlineData("br")]
    public void An_encoded_body_is_examined_too(string coding)
    {
        var encoding = coding == "zlib" ? "deflate" : coding;
        var page = Pack(coding, [.. "<!DOCTYPE html><p>Expired"u8, .. new byte[3000]]);
        var video = Pack(coding, SampleMedia.Mp4(100_000));

        Assert.Equal(
            new ContentRecognition.Unexpected("an HTML page"), ContentKind.Recognize(AssetKind.Media, "video/mp4", encoding, Pack(coding, "<!DOCTYPE html><p>Expired"u8.ToArray())));
        Assert.IsType<ContentRecognition.Recognized>(ContentKind.Recognize(AssetKind.Media, null, encoding, page));
        Assert.Equal(
            new ContentRecognition.Recognized(new ContentKind("video/mp4", ".mp4")),
            ContentKind.Recognize(AssetKind.Media, "application/octet-stream", encoding, video.AsSpan(0, ContentKind.SampleBytes)));
    }

    [Fact]
    public void A_sample_that_decompresses_to_very_much_is_decompressed_up_to_a_limit()
    {
        var bomb = Pack("gzip", new byte[16 * 1024 * 1024]);

        Assert.Equal(ContentKind.SampleBytes, ContentEncodings.Decode("gzip", bomb).Length);
        Assert.True(ContentEncodings.Decode("gzip, gzip", Pack("gzip", bomb)).Length <= ContentKind.SampleBytes);
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("X-GZIP", "gzip")]
    [InlineData("br", "br")]
    [InlineData("deflate", "deflate")]
    [InlineData("zstd", "zstd")]
    [InlineData("identity", null)]
    [InlineData("aws-chunked", null)]
    [InlineData("utf-8", null)]
    [InlineData("UTF8", null)]
    [InlineData("binary", null)]
    [InlineData("none", null)]
    [InlineData("base64", null)]
    [InlineData("", null)]
    public void Only_a_coding_that_compresses_counts_as_an_encoding(string coding, string? expected) => Assert.Equal(expected, ContentEncodings.Normalize(coding));

    [Theory]
    [InlineData("audio/mpeg", ".mp3")]
    [InlineData("image/jpeg", ".jpg")]
    [InlineData("video/quicktime", ".mov")]
    [InlineData("audio/ogg", ".ogg")]
    [InlineData("text/plain", ".txt")]
    [InlineData("application/pdf", ".pdf")]
    [InlineData("font/woff2", ".woff2")]
    public void A_type_has_its_usual_extension(string type, string extension) => Assert.Equal(extension, "." + MediaTypes.ExtensionsOf(type)[0]);

    private static string Hex(string text) => Convert.ToHexString(Encoding.Latin1.GetBytes(text));

    private static byte[] Pack(string coding, byte[] content)
    {
        using var packed = new MemoryStream();
        using (Stream pack = coding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "zlib" => new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "deflate" => new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            _ => new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            pack.Write(content);
        }

        return packed.ToArray();
    }
}

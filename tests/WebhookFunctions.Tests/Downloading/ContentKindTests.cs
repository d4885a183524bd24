using System.Text;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Downloading;

public sealed class ContentKindTests
{
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
    public void Media_is_taken_as_what_its_bytes_say_it_is(string start, string? declared, string mediaType, string extension)
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
    public void A_page_or_a_text_is_no_media_whatever_it_is_called(string text)
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
    public void A_page_in_an_8_bit_encoding_is_no_media(string text) =>
        Assert.IsType<ContentRecognition.Unexpected>(ContentKind.Recognize(AssetKind.Media, "video/mp4", null, Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData("BM, the maker of this service, is away.", false)]
    [InlineData("424D36000C0000000000360000002800", true)]
    public void A_text_that_begins_as_a_bitmap_is_a_text(string start, bool isBitmap)
    {
        var recognition = ContentKind.Recognize(AssetKind.Media, null, null, isBitmap ? Convert.FromHexString(start) : Encoding.ASCII.GetBytes(start));
        Assert.Equal(isBitmap ? ".bmp" : null, (recognition as ContentRecognition.Recognized)?.Kind.Extension);
    }

    [Theory]
    [InlineData((byte)0x80)]
    [InlineData((byte)0xD5)]
    [InlineData((byte)0xFF)]
    public void Silence_is_no_text(byte sample) =>
        Assert.Equal(".pcm", Assert.IsType<ContentRecognition.Recognized>(ContentKind.Recognize(AssetKind.Media, "audio/pcm", null, Enumerable.Repeat(sample, 1024).ToArray())).Kind.Extension);

    [Fact]
    public void A_picture_in_svg_is_a_picture_where_it_is_called_one() =>
        Assert.Equal(".svg", Assert.IsType<ContentRecognition.Recognized>(ContentKind.Recognize(AssetKind.Media, "image/svg+xml", null, "<svg xmlns='http://www.w3.org/2000/svg'/>"u8)).Kind.Extension);

    [Theory]
    [InlineData("{\"a\":1}", "application/json", "application/json", ".json")]
    [InlineData("{\"a\":1}", null, "application/json", ".json")]
    [InlineData("{\"a\":1}\n{\"a\":2}\n", "application/octet-stream", "application/jsonl", ".jsonl")]
    [InlineData("{\"a\":1}", "application/x-ndjson", "application/jsonl", ".jsonl")]
    [InlineData("[{\"a\":1}]", "text/plain", "application/json", ".json")]
    [InlineData("key,text\n1,x\n", "text/csv", "text/plain", ".txt")]
    public void A_document_is_told_by_its_beginning(string text, string? declared, string mediaType, string extension)
    {
        var recognition = ContentKind.Recognize(AssetKind.Document, declared, null, Encoding.UTF8.GetBytes(text));
        Assert.Equal(new ContentRecognition.Recognized(new ContentKind(mediaType, extension)), recognition);
    }

    [Theory]
    [InlineData("<!DOCTYPE html>")]
    [InlineData("<Error><Code>AccessDenied</Code></Error>")]
    public void A_page_is_no_document(string text) =>
        Assert.IsType<ContentRecognition.Unexpected>(ContentKind.Recognize(AssetKind.Document, "application/json", null, Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("video/mp4", null)]
    [InlineData("text/html", "an HTML page")]
    [InlineData("application/json; odd", null)]
    [InlineData("application/json", "JSON")]
    public void Of_an_encoded_body_the_declared_type_decides(string declared, string? problem) =>
        Assert.Equal(problem, (ContentKind.Recognize(AssetKind.Media, declared, "gzip", [0x1F, 0x8B, 8]) as ContentRecognition.Unexpected)?.Found);
}

using System.Buffers.Binary;
using LocalHost.Samples;
using WebhookFunctions.Downloading.Content;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.LocalHosting;

/// <summary>Tests that the samples' files have the formats of their names, including the structure that a player reads.</summary>
public sealed class SampleMediaTests
{
    private const string Path = "0b9f7c1e-3f0d-4c69-9a5e-5d0e3a3f9f10/";
    private const int LargestFile = 100 * 1024;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(3);

    public static TheoryData<string> Names => ["video.mp4", "video.webm", "speech.mp3", "picture.png", "picture.jpg", "picture.webp", "responses.jsonl"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_is_small_and_recognized_by_its_bytes_as_what_its_name_says(string name)
    {
        var (contentType, content) = SampleMedia.Create(Path + name);

        Assert.InRange(content.Length, 1, LargestFile);
        var expected = name.EndsWith(".jsonl", StringComparison.Ordinal) ? AssetKind.Document : AssetKind.Media;
        var found = Assert.IsType<ContentRecognition.Recognized>(ContentKind.Recognize(expected, null, null, content.AsSpan(0, ContentKind.SampleBytes)));
        Assert.Equal((contentType, System.IO.Path.GetExtension(name)), (found.Kind.MediaType, found.Kind.Extension));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_path_always_has_the_same_content_and_no_other_path_has_it(string name)
    {
        var content = SampleMedia.Create(Path + name).Content;

        Assert.Equal(content, SampleMedia.Create(Path + name).Content);
        Assert.NotEqual(content, SampleMedia.Create($"{Path}another-{name}").Content);
    }

    [Fact]
    public void An_unknown_kind_of_file_is_refused() => Assert.Throws<ArgumentException>(() => SampleMedia.Create("film.avi"));

    [Fact]
    public void An_mp4_consists_of_boxes_and_has_a_duration_of_three_seconds()
    {
        var content = SampleMedia.Create($"{Path}video.mp4").Content;

        var boxes = Boxes(content);

        Assert.Equal(["ftyp", "moov", "free", "mdat", "free"], boxes.Select(box => box.Type));
        var header = Boxes(boxes[1].Data).Single(box => box.Type == "mvhd").Data.AsSpan();
        // Version 0: version and flags, two times, units in a second, length in those units.
        Assert.Equal(0, header[0]);
        var seconds = (double)BinaryPrimitives.ReadUInt32BigEndian(header[16..]) / BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        AssertLength(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public void A_webm_consists_of_elements()
    {
        var content = SampleMedia.Create($"{Path}video.webm").Content;

        var elements = Elements(content);

        // EBML, Segment, Void; in the segment: Info, Tracks and at least one Cluster.
        Assert.Equal([0x1A45DFA3u, 0x18538067u, 0xECu], elements.Select(element => element.Id));
        var inner = Elements(elements[1].Data).Select(element => element.Id).ToList();
        Assert.Contains(0x1549A966u, inner);
        Assert.Contains(0x1654AE6Bu, inner);
        Assert.Contains(0x1F43B675u, inner);
    }

    [Fact]
    public void An_mp3_consists_of_a_tag_and_frames_of_three_seconds()
    {
        var content = SampleMedia.Create($"{Path}speech.mp3").Content;

        Assert.Equal("ID3"u8, content.AsSpan(0, 3));
        var position = 10 + ((content[8] << 7) | content[9]);
        var frames = 0;
        for (; position < content.Length; frames++)
        {
            // MPEG 2, layer III, no checksum; 32 kbit/s at 22,050 Hz: 576 samples in a frame.
            Assert.Equal((0xFF, 0xF3, 0x40), (content[position], content[position + 1], content[position + 2] & 0xFC));
            var isPadded = (content[position + 2] & 2) != 0;
            position += (72 * 32_000 / 22_050) + (isPadded ? 1 : 0);
        }

        Assert.Equal(content.Length, position);
        AssertLength(TimeSpan.FromSeconds(frames * 576 / 22_050.0));
    }

    [Fact]
    public void A_png_consists_of_chunks_with_valid_checksums()
    {
        var content = SampleMedia.Create($"{Path}picture.png").Content.AsSpan();
        var types = new List<string>();
        for (var rest = content[8..]; !rest.IsEmpty;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            var chunk = rest.Slice(4, 4 + length);
            Assert.Equal(Crc32(chunk), BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + length)..]));
            types.Add(System.Text.Encoding.ASCII.GetString(chunk[..4]));
            rest = rest[(12 + length)..];
        }

        Assert.Equal(["IHDR", "pHYs", "IDAT", "tEXt", "IEND"], types.Distinct());
        Assert.Equal((192, 192), (BinaryPrimitives.ReadInt32BigEndian(content[16..]), BinaryPrimitives.ReadInt32BigEndian(content[20..])));
    }

    [Fact]
    public void A_jpeg_consists_of_segments_up_to_its_picture_and_has_an_end_marker()
    {
        var content = SampleMedia.Create($"{Path}picture.jpg").Content;
        var markers = new List<byte>();
        var position = 2;
        do
        {
            Assert.Equal(0xFF, content[position]);
            markers.Add(content[position + 1]);
            position += 2 + BinaryPrimitives.ReadUInt16BigEndian(content.AsSpan(position + 2));
        }
        while (markers[^1] != 0xDA);

        // The comment, the tables, the size and the scan.
        Assert.Superset(new HashSet<byte> { 0xFE, 0xE0, 0xDB, 0xC4, 0xC0, 0xDA }, markers.ToHashSet());
        Assert.Equal([0xFF, 0xD9], content[^2..]);
    }

    [Fact]
    public void A_webp_consists_of_chunks()
    {
        var content = SampleMedia.Create($"{Path}picture.webp").Content.AsSpan();

        Assert.Equal(content.Length - 8, BinaryPrimitives.ReadInt32LittleEndian(content[4..]));
        var types = new List<string>();
        for (var rest = content[12..]; !rest.IsEmpty;)
        {
            types.Add(System.Text.Encoding.ASCII.GetString(rest[..4]));
            rest = rest[(8 + BinaryPrimitives.ReadInt32LittleEndian(rest[4..]))..];
        }

        Assert.Equal(["VP8 ", "NOTE"], types);
    }

    private static void AssertLength(TimeSpan found) => Assert.InRange(found, Length, Length + TimeSpan.FromMilliseconds(200));

    private static List<(string Type, byte[] Data)> Boxes(ReadOnlySpan<byte> content)
    {
        var boxes = new List<(string, byte[])>();
        while (!content.IsEmpty)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(content);
            boxes.Add((System.Text.Encoding.ASCII.GetString(content.Slice(4, 4)), content[8..size].ToArray()));
            content = content[size..];
        }

        return boxes;
    }

    private static List<(uint Id, byte[] Data)> Elements(ReadOnlySpan<byte> content)
    {
        var elements = new List<(uint, byte[])>();
        while (!content.IsEmpty)
        {
            var id = Number(ref content, keepMarker: true);
            var size = (int)Number(ref content, keepMarker: false);
            elements.Add(((uint)id, content[..size].ToArray()));
            content = content[size..];
        }

        return elements;
    }

    // The length in bytes is the number of zero bits before the first set bit, plus one.
    private static ulong Number(ref ReadOnlySpan<byte> content, bool keepMarker)
    {
        var length = System.Numerics.BitOperations.LeadingZeroCount((uint)content[0]) - 24 + 1;
        ulong value = keepMarker ? content[0] : (byte)(content[0] & (0xFF >> length));
        foreach (var next in content[1..length])
        {
            value = (value << 8) | next;
        }

        content = content[length..];
        return value;
    }

    // Computed in another way than the code under test: from a table of the values of single bytes.
    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        Span<uint> table = stackalloc uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            table[(int)i] = Enumerable.Range(0, 8).Aggregate(i, (value, _) => (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xEDB88320);
        }

        var checksum = uint.MaxValue;
        foreach (var value in data)
        {
            checksum = table[(byte)(checksum ^ value)] ^ (checksum >> 8);
        }

        return ~checksum;
    }
}

using System.Text;
using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Tests.Providers;

namespace WebhookFunctions.Tests.Json;

public sealed class JsonFieldsTests
{
    private const string Document = """
        {"name":"n","state":7,"done":true,"off":false,"nothing":null,"empty":"",
         "response":{"files":[{"uri":"one","tags":["a","b"]},{"other":1},{"uri":"two"}],"name":"inner"},
         "list":[["x"],["y"]],"tail":"t\u00e9"}
        """;

    [Theory]
    [InlineData("name", new[] { "n" })]
    [InlineData("state", new[] { "7" })]
    [InlineData("done", new[] { "true" })]
    [InlineData("off", new[] { "false" })]
    [InlineData("nothing", new string[0])]
    [InlineData("empty", new string[0])]
    [InlineData("absent", new string[0])]
    [InlineData("response", new string[0])]
    [InlineData("response.name", new[] { "inner" })]
    [InlineData("response.files.*.uri", new[] { "one", "two" })]
    [InlineData("response.files.*.tags.*", new[] { "a", "b" })]
    [InlineData("response.files.uri", new string[0])]
    [InlineData("list.*.*", new[] { "x", "y" })]
    [InlineData("tail", new[] { "té" })]
    public async Task Values_are_found_by_their_path_however_the_bytes_are_split(string path, string[] values)
    {
        foreach (var piece in new[] { 1, 3, 1000 })
        {
            var fields = await ReadAsync(new Trickle(Encoding.UTF8.GetBytes(Document), piece), path);

            Assert.Equal(values, fields.All(path));
            Assert.Equal(values.FirstOrDefault(), fields.First("absent", path));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"a":1}}""")]
    [InlineData("""{"a":1} {"b":2}""")]
    [InlineData("<html></html>")]
    [InlineData("""{"a":"b""")]
    public async Task A_document_that_is_not_JSON_is_an_exception(string document) =>
        await Assert.ThrowsAnyAsync<JsonException>(() => ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(document)), "a"));

    [Fact]
    public async Task Megabytes_of_content_are_skipped()
    {
        var document = $$"""{"big":"{{new string('x', 3 * 1024 * 1024)}}","behind":"found"}""";

        Assert.Equal("found", (await ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(document)), "behind")).First("behind"));
    }

    [Fact]
    public async Task Content_of_any_length_is_skipped_and_values_after_it_are_found()
    {
        await using var content = new EndlessLine(200L * 1024 * 1024, "\",\"behind\":\"found\"}"u8.ToArray());
        await using var document = new Concatenated("{\"before\":\"found\",\"big\":\""u8.ToArray(), content);

        var fields = await ReadAsync(document, "before", "behind");

        Assert.Equal(("found", "found"), (fields.First("before"), fields.First("behind")));
    }

    [Theory]
    [InlineData("\\\"")]
    [InlineData("\\\\")]
    [InlineData("\\\\\\\"")]
    [InlineData("\\u0022")]
    [InlineData("x\\\\\\n")]
    public async Task Escapes_in_a_long_content_do_not_end_it(string escape)
    {
        // Each input is shifted by another byte, so that in one of them the escape crosses the end of the buffer.
        for (var shift = 0; shift < 8; shift++)
        {
            var big = new string('x', shift) + string.Concat(Enumerable.Repeat(escape, 100_000 / escape.Length));
            foreach (var document in new[] { $$"""{"big":"{{big}}","behind":"found"}""", $$"""{"{{big}}":1,"behind":"found"}""", $$"""{"list":["{{big}}", "{{big}}"],"behind":"found"}""" })
            {
                var fields = await ReadAsync(new Trickle(Encoding.UTF8.GetBytes(document), 1009), "behind");

                Assert.Equal("found", fields.First("behind"));
            }
        }
    }

    [Fact]
    public async Task A_number_that_never_ends_is_not_JSON() =>
        await Assert.ThrowsAnyAsync<JsonException>(() => ReadAsync(new MemoryStream([.. "{\"a\":"u8, .. Enumerable.Repeat((byte)'1', 200_000), .. "}"u8]), "a"));

    [Theory]
    [InlineData("name", true)]
    [InlineData("response", true)]
    [InlineData("response.files", true)]
    [InlineData("response.files.*", true)]
    [InlineData("list.*", true)]
    [InlineData("nothing", false)]
    [InlineData("absent", false)]
    [InlineData("response.name.*", false)]
    public async Task The_presence_of_objects_and_arrays_is_reported(string path, bool isPresent) =>
        Assert.Equal(isPresent, (await ReadAsync(new Trickle(Encoding.UTF8.GetBytes(Document), 7), path)).Has(path));

    [Fact]
    public async Task Texts_with_invalid_surrogates_are_omitted()
    {
        var fields = await ReadAsync(new MemoryStream("{\"a\":\"\\ud800\",\"\\ud800\":\"x\",\"b\":\"y\"}"u8.ToArray()), "a", "b");

        Assert.Null(fields.First("a"));
        Assert.Equal("y", fields.First("b"));
    }

    private static Task<JsonFields> ReadAsync(Stream content, params string[] paths) =>
        JsonFields.ReadAsync(content, paths, TestContext.Current.CancellationToken);
}

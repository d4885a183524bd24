using System.Text;
using WebhookFunctions.Receiving;

namespace WebhookFunctions.Tests.Receiving;

public sealed class EventJsonTests
{
    public static TheoryData<string, byte[]> NotOneObject => new()
    {
        { "nothing", [] },
        { "white space", "  \n"u8.ToArray() },
        { "text", "hello"u8.ToArray() },
        { "an array", "[{}]"u8.ToArray() },
        { "a string", "\"{}\""u8.ToArray() },
        { "null", "null"u8.ToArray() },
        { "two objects", "{}{}"u8.ToArray() },
        { "an unfinished object", "{\"a\":1"u8.ToArray() },
        { "a trailing comma", "{\"a\":1,}"u8.ToArray() },
        { "a comment", "{/* */}"u8.ToArray() },
        { "single quotes", "{'a':1}"u8.ToArray() },
        { "NaN", "{\"a\":NaN}"u8.ToArray() },
        { "a byte-order mark", [0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'] },
        { "UTF-16", Encoding.Unicode.GetBytes("{}") },
        { "a stray byte in a string", [.. "{\"a\":\""u8, 0xFF, .. "\"}"u8] },
        { "an overlong encoding", [.. "{\"a\":\""u8, 0xC0, 0xAF, .. "\"}"u8] },
        { "a surrogate in UTF-8", [.. "{\"a\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8] },
        { "a name twice", "{\"id\":1,\"id\":1}"u8.ToArray() },
        { "a name twice, once escaped", "{\"id\":1,\"\\u0069d\":2}"u8.ToArray() },
        { "a name twice further down", "{\"data\":{\"id\":1,\"id\":2}}"u8.ToArray() },
        { "a depth of 10,000", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000)) },
    };

    [Theory]
    [MemberData(nameof(NotOneObject))]
    public void What_is_not_one_strict_JSON_object_is_refused(string what, byte[] body)
    {
        using var document = EventJson.TryParse(body);

        Assert.True(document is null, what);
    }

    [Theory]
    [InlineData("""{"x":"plain"}""", "plain")]
    [InlineData("""{"x":"é\u00e9"}""", "éé")]
    [InlineData("""{"x":"\"\\\/\b\f\n\r\t"}""", "\"\\/\b\f\n\r\t")]
    [InlineData("""{"x":"\ud83d\ude00"}""", "😀")]
    [InlineData("""{"x":12.50}""", "12.50")]
    [InlineData("""{"x":""}""", null)]
    [InlineData("""{"x":null}""", null)]
    [InlineData("""{"x":true}""", null)]
    [InlineData("""{"x":{}}""", null)]
    [InlineData("""{"y":"z"}""", null)]
    public void Text_is_read_as_it_stands(string body, string? expected)
    {
        using var document = EventJson.TryParse(Encoding.UTF8.GetBytes(body));

        Assert.Equal(expected, document!.RootElement.Text("x"));
    }

    // Not in the table above: an attribute cannot hold a lone surrogate.
    [Fact]
    public void A_lone_surrogate_in_a_text_is_kept()
    {
        using var document = EventJson.TryParse("""{"x":"\ud800","y":"a\udc00b"}"""u8.ToArray());

        Assert.Equal("\ud800", document!.RootElement.Text("x"));
        Assert.Equal("a\udc00b", document.RootElement.Text("y"));
    }
}

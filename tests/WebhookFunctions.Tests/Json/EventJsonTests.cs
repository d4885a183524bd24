using System.Text;
using CsCheck;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Tests.Json;

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
        { "two byte-order marks", [0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'] },
        { "a byte-order mark alone", [0xEF, 0xBB, 0xBF] },
        { "UTF-16", Encoding.Unicode.GetBytes("{}") },
        { "a stray byte in a string", [.. "{\"a\":\""u8, 0xFF, .. "\"}"u8] },
        { "an overlong encoding", [.. "{\"a\":\""u8, 0xC0, 0xAF, .. "\"}"u8] },
        { "a surrogate in UTF-8", [.. "{\"a\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8] },
        { "a name twice", "{\"id\":1,\"id\":1}"u8.ToArray() },
        { "a name twice, once escaped", "{\"id\":1,\"\\u0069d\":2}"u8.ToArray() },
        { "a name twice in a nested object", "{\"data\":{\"id\":1,\"id\":2}}"u8.ToArray() },
        { "a depth of 10,000", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000)) },
    };

    [Theory]
    [MemberData(nameof(NotOneObject))]
    public void A_body_that_is_not_one_strict_JSON_object_is_refused(string what, byte[] body)
    {
        using var document = EventJson.TryParse(body);

        Assert.True(document is null, what);
        Assert.False(EventJson.IsObject(body), what);
    }

    public static TheoryData<string, string> OneObject => new()
    {
        { "an empty object", "{}" },
        { "white space around it", " \r\n\t{ \"a\" : 1 } " },
        { "one name in two objects", """{"id":1,"data":{"id":2},"more":[{"id":3},{"id":4}]}""" },
        { "a byte-order mark before it", "\ufeff{\"a\":1}" },
        { "a name in two letter cases", """{"id":1,"ID":2}""" },
        { "a name that is a prefix of another", """{"id":1,"id2":2}""" },
        { "escaped names", """{"\u0061":1,"b":2}""" },
        { "500 names in an object", $$"""{{{string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"{i}\":{i}"))}}}""" },
        { "40 names in each of 30 objects", Nested(30, string.Concat(Enumerable.Range(0, 40).Select(i => $"\"{i}\":{i},"))) },
        { "a depth of 64", Nested(63, "") },
    };

    [Theory]
    [MemberData(nameof(OneObject))]
    public void One_strict_JSON_object_is_accepted(string what, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var document = EventJson.TryParse(bytes);

        Assert.True(document is not null, what);
        Assert.True(EventJson.IsObject(bytes), what);
    }

    [Fact]
    public void The_scan_and_the_parser_always_agree()
    {
        // Random sequences of JSON tokens: some are an object, most are not.
        var pieces = Gen.OneOf("{", "}", "[", "]", ":", ",", "\"a\"", "\"b\"", "\"\\u0061\"", "\"\\ud800\"", "1", "-", "null", "true", " ", "/**/", "\u00e9");
        var values = Gen.Recursive<string>((depth, nested) => depth > 3
            ? Gen.Const("1")
            : Gen.Frequency(
                (2, Gen.OneOf("1", "\"a\"", "null", "x")),
                (1, nested.Array[0, 3].Select(items => $"[{string.Join(',', items)}]")),
                (4, Gen.Select(Gen.OneOf("a", "b", "c", "d", "\\u0061", "é"), nested).Array[0, 4].Select(
                    members => "{" + string.Join(',', members.Select(member => $"\"{member.Item1}\":{member.Item2}")) + "}"))));
        Gen.Frequency((1, pieces.Array[0, 12].Select(string.Concat)), (3, values)).Select(Encoding.UTF8.GetBytes).Sample(
            body =>
            {
                using var document = EventJson.TryParse(body);
                return EventJson.IsObject(body) == document is not null;
            },
            iter: 20_000,
            threads: 1);
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
    public void Text_is_read_unchanged(string body, string? expected)
    {
        using var document = EventJson.TryParse(Encoding.UTF8.GetBytes(body));

        Assert.Equal(expected, document!.RootElement.Text("x"));
    }

    // Not in the table above, because an attribute cannot contain a lone surrogate.
    [Fact]
    public void A_lone_surrogate_in_a_text_is_preserved()
    {
        using var document = EventJson.TryParse("""{"x":"\ud800","y":"a\udc00b"}"""u8.ToArray());

        Assert.Equal("\ud800", document!.RootElement.Text("x"));
        Assert.Equal("a\udc00b", document.RootElement.Text("y"));
    }

    private static string Nested(int depth, string names) =>
        string.Concat(Enumerable.Repeat($$"""{{{names}}"a":""", depth)) + "{}" + new string('}', depth);
}

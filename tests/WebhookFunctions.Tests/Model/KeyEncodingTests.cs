using System.Security.Cryptography;
using CsCheck;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Model;

public sealed class KeyEncodingTests
{
    [Theory]
    [InlineData("msg_p5jXN8AQM9LWM0D4loKWxJek", "msg_p5jXN8AQM9LWM0D4loKWxJek")]
    [InlineData("a-b_c.d~e:f", "a-b_c.d~e:f")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a%2fb", "a%252fb")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("a\\b#c?d e", "a%5Cb%23c%3Fd%20e")]
    [InlineData("é", "%C3%A9")]
    [InlineData("😀", "%F0%9F%98%80")]
    [InlineData("\0\u007f", "%00%7F")]
    [InlineData("..", "..")]
    public void Every_character_outside_the_safe_ones_is_percent_encoded(string id, string key) =>
        Assert.Equal(key, KeyEncoding.Encode(id));

    // Not in the table above, because an attribute cannot contain a lone surrogate.
    [Fact]
    public void A_lone_surrogate_is_encoded_as_the_three_bytes_of_its_value()
    {
        Assert.Equal("%ED%A0%80", KeyEncoding.Encode("\ud800"));
        Assert.Equal("%ED%BF%BFx", KeyEncoding.Encode("\udfffx"));
    }

    [Theory]
    [InlineData(".", "%2E")]
    [InlineData("..", ".%2E")]
    [InlineData("video.", "video%2E")]
    [InlineData("a.b", "a.b")]
    public void A_part_of_a_blob_name_never_ends_with_a_dot(string id, string part) =>
        Assert.Equal(part, KeyEncoding.EncodeBlobPart(id));

    [Fact]
    public void A_key_of_200_characters_stays_and_one_of_201_is_cut_to_100_and_a_digest()
    {
        Assert.Equal(new string('x', 200), KeyEncoding.Encode(new string('x', 200)));

        // printf 'x%.0s' $(seq 201) | sha256sum
        Assert.Equal(
            new string('x', 100) + "!" + Sha256OfX201,
            KeyEncoding.Encode(new string('x', 201)));
    }

    [Fact]
    public void A_short_id_that_spells_a_long_ids_key_has_another_key()
    {
        var longIdsKey = KeyEncoding.Encode(new string('x', 201));

        Assert.NotEqual(longIdsKey, KeyEncoding.Encode(longIdsKey));
    }

    [Fact]
    public void Two_ids_never_have_the_same_key() => Gen.Select(AnyId, AnyId).Sample((one, other) =>
        (one == other) == (KeyEncoding.Encode(one) == KeyEncoding.Encode(other))
        && (one == other) == (KeyEncoding.EncodeBlobPart(one) == KeyEncoding.EncodeBlobPart(other)));

    [Fact]
    public void The_digest_of_an_id_is_found_from_its_key() => AnyId.Sample(id =>
        KeyEncoding.Sha256Of(KeyEncoding.Encode(id)) == Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8(id))));

    [Fact]
    public void A_key_contains_no_character_that_is_invalid_in_a_table_or_a_blob_name() => AnyId.Sample(id =>
        KeyEncoding.Encode(id) is { Length: <= KeyEncoding.MaxLength } key
        && key.All(character => char.IsAsciiLetterOrDigit(character) || "-_.~:%!".Contains(character, StringComparison.Ordinal)));

    // The ids have few different characters, so that similar ids are common: percent signs, hex digits, lone surrogates, and lengths near the limit.
    private static readonly Gen<string> AnyId =
        Gen.OneOf(
            Gen.String[Gen.Char["%2Ff/.a\ud83d\ude00é"], 0, 8],
            Gen.String[Gen.Char["ab%"], 65, 70],
            Gen.String[Gen.Char["a"], 198, 203],
            Gen.String);

    private const string Sha256OfX201 = "84a0678c90937f5dcf9994d5866668da6b995109c8ad845410559b48a4ecafed";
}

using CsCheck;

namespace WebhookFunctions.Tests.Broker;

/// <summary>Generators of application properties of every type that Service Bus supports.</summary>
internal static class ApplicationPropertyGen
{
    /// <summary>Gets a generator of texts that UTF-8 can encode: with NUL, accents and emoji, but without unpaired surrogates.</summary>
    public static Gen<string> Text { get; } =
        Gen.Frequency((8, Gen.Char[' ', '~'].Select(c => $"{c}")), (1, AnyOf("\0", "\u0001", "é", "ﬀ", "日", "🎬", "\uffff"))).List[0, 300]
            .Select(string.Concat);

    public static Gen<object?> Value { get; } = Gen.OneOf(
        Gen.Const((object?)null),
        Gen.Bool.Select(Boxed),
        Gen.Byte.Select(Boxed),
        Gen.SByte.Select(Boxed),
        Gen.Short.Select(Boxed),
        Gen.UShort.Select(Boxed),
        Gen.Int.Select(Boxed),
        Gen.UInt.Select(Boxed),
        Gen.Long.Select(Boxed),
        Gen.ULong.Select(Boxed),
        Gen.Float.Select(Boxed),
        Gen.Double.Select(Boxed),
        Gen.Decimal.Select(Boxed),
        Gen.Char.Select(Boxed),
        Gen.Guid.Select(Boxed),
        Gen.Select(Gen.DateTime, Gen.Enum<DateTimeKind>(), DateTime.SpecifyKind).Select(Boxed),
        Gen.DateTimeOffset.Select(Boxed),
        Gen.TimeSpan.Select(Boxed),
        AnyOf("https://example.com/a%2Fb?q=ä", "/relative/../path", "urn:x", "HTTP://EXAMPLE.com:80/")
            .Select(text => (object?)new Uri(text, UriKind.RelativeOrAbsolute)),
        Gen.Byte.Array[0, 300].Select(bytes => (object?)bytes),
        Text.Select(text => (object?)text));

    public static Gen<Dictionary<string, object?>> Properties { get; } = Gen.Dictionary(Text, Value)[0, 6];

    private static Gen<string> AnyOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static object? Boxed<T>(T value)
        where T : struct => value;
}

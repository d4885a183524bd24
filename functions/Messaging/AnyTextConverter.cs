using System.Text.Json;
using System.Text.Json.Serialization;
using WebhookFunctions.Model;

namespace WebhookFunctions.Messaging;

/// <summary>
/// JSON converter that keeps lone surrogates, which System.Text.Json replaces with U+FFFD; two jobs would then share a blob. A text with one is
/// written as the list of its UTF-16 code units, any other as a string.
/// </summary>
internal sealed class AnyTextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return reader.GetString();
        }

        var units = new List<char>();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            units.Add((char)reader.GetUInt16());
        }

        return new string([.. units]);
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (KeyEncoding.WellFormed(value) == value)
        {
            writer.WriteStringValue(value);
            return;
        }

        writer.WriteStartArray();
        foreach (var unit in value)
        {
            writer.WriteNumberValue(unit);
        }

        writer.WriteEndArray();
    }
}

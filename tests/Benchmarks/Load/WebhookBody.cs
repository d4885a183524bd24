using System.Text;

namespace Benchmarks.Load;

/// <summary>Event bodies as Gemini sends them, of any size: a list of results fills them up.</summary>
public static class WebhookBody
{
    private const string Head = """{"type":"batch.succeeded","version":"v1","timestamp":"2026-01-01T00:00:00Z","data":{"id":"batches/benchmark","responses":[""";
    private const string Tail = "]}}";

    /// <summary>Returns a JSON object of exactly <paramref name="bytes"/> bytes, all ASCII.</summary>
    public static byte[] OfSize(int bytes)
    {
        var text = new StringBuilder(Head);
        for (var i = 0; ; i++)
        {
            var item = $$"""{"key":"request-{{i}}","file_uri":"https://generativelanguage.googleapis.com/v1beta/files/{{i:D12}}","bytes":{{i * 4096}}},""";
            if (text.Length + item.Length + Tail.Length + 2 > bytes)
            {
                break;
            }

            text.Append(item);
        }

        // An empty entry closes the list, and white space, which JSON allows anywhere, fills the rest.
        text.Append("{}");
        text.Append(' ', bytes - text.Length - Tail.Length).Append(Tail);
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}

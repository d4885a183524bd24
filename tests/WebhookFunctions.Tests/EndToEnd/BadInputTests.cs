using System.Net;
using System.Net.Http.Headers;
using System.Text;
using LocalHost.Samples;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of input that must have no effect except a constant answer and a log line without its content.</summary>
public sealed class BadInputTests(SharedApp shared) : IClassFixture<SharedApp>
{
    // Contained in every request. It must not appear anywhere else.
    private const string Content = "c0ntent-of-a-webhook";
    private const int MaxBodyBytes = 1024 * 1024;

    private static readonly Dictionary<string, string> Unsigned = [];
    private static readonly Dictionary<string, HostileRequest> Requests = All().ToDictionary(request => request.Name);

    public static TheoryData<string> Names => [.. Requests.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_bad_request_gets_an_answer_and_stores_nothing(string name)
    {
        var hostile = Requests[name];
        using var request = hostile.Make(shared.Running);
        var storedBefore = await shared.Running.CountStoredAsync();

        using var answer = await shared.Running.SendAsync(request);

        Assert.Equal(hostile.Expected, answer.StatusCode);
        Assert.Equal(hostile.Answer, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(storedBefore, await shared.Running.CountStoredAsync());
        Assert.Empty(shared.Running.Logs.Errors);
        Assert.DoesNotContain(shared.Running.Logs.Lines, line => line.Text.Contains(Content, StringComparison.Ordinal));
    }

    private static IEnumerable<HostileRequest> All()
    {
        foreach (var provider in (string[])["geminigen", "gemini", "sync", "replicate"])
        {
            yield return Bad($"{provider}: no signature", app => Post(provider, Event(provider, "id"), Unsigned));
            yield return Bad($"{provider}: another's signature", app => Post(provider, Event(provider, "id"), new AppKeys().Sign(provider, WebhookId(provider, "id"), Event(provider, "id"))));
            yield return Bad($"{provider}: a signature of something else", app => Post(
                provider, Event(provider, "id"), app.Keys.Sign(provider, WebhookId(provider, "other"), Padded(provider, 1_000))));
            yield return Bad($"{provider}: a malformed signature", app => Post(
                provider, Event(provider, "id"), With(app.Keys.Sign(provider, WebhookId(provider, "id"), Event(provider, "id")), SignatureHeader(provider), "%%%")));
            foreach (var (name, body) in Malformed(provider, "id"))
            {
                // A signed webhook is accepted with any body. Only a part that the verification needs must be readable.
                yield return provider == "geminigen"
                    ? Bad($"{provider}: {name}", app => Signed(app, provider, "id", body))
                    : Bad($"{provider}: {name}, not signed", app => Post(provider, body, new AppKeys().Sign(provider, WebhookId(provider, "id"), body)));
            }

            yield return Bad($"{provider}: an id of 4,000 characters", app => Signed(app, provider, new string('a', 4_000), Event(provider, new string('a', 4_000))));
            yield return TooLarge($"{provider}: a byte too large, with its length", app => Signed(app, provider, "id", Padded(provider, MaxBodyBytes + 1)));
            yield return TooLarge($"{provider}: a byte too large, without its length", app =>
            {
                var request = Signed(app, provider, "id", Padded(provider, MaxBodyBytes + 1));
                request.Headers.TransferEncodingChunked = true;
                return request;
            });
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Patch])
            {
                yield return new($"{provider}: {method}", HttpStatusCode.MethodNotAllowed, """{"error":"Webhooks are sent by POST."}""", app =>
                    new HttpRequestMessage(method, RunningApp.Address(provider)));
            }
        }

        foreach (var provider in (string[])["gemini", "sync", "replicate"])
        {
            yield return Bad($"{provider}: signed 301 s ago", app => Aged(app, provider, TimeSpan.FromSeconds(301)));
            yield return Bad($"{provider}: signed 400 s ahead", app => Aged(app, provider, TimeSpan.FromSeconds(-400)));
            yield return Bad($"{provider}: signed a year ago", app => Aged(app, provider, TimeSpan.FromDays(365)));
            foreach (var time in (string[])["", "-1", "0", "NaN", "1e9", "99999999999999999999", "1.5", "0x1"])
            {
                yield return Bad($"{provider}: the time is '{time}'", app => Post(
                    provider, Event(provider, "id"), provider == "sync"
                        ? new Dictionary<string, string> { ["Sync-Signature"] = $"t={time},v1={new string('0', 64)}" }
                        : With(app.Keys.Sign(provider, "id", Event(provider, "id")), "webhook-timestamp", time)));
            }
        }

        foreach (var provider in (string[])["gemini", "replicate"])
        {
            yield return Bad($"{provider}: no id", app => Post(
                provider, Event(provider, "id"), With(app.Keys.Sign(provider, "id", Event(provider, "id")), "webhook-id", null)));
            yield return Bad($"{provider}: an empty id", app => Signed(app, provider, "", Event(provider, "")));
        }

        yield return Bad("geminigen: no id", app => Signed(app, "geminigen", "", Bytes($$"""{"event":"TTS_TEXT_SUCCESS","note":"{{Content}}","data":{} }""")));
        yield return Bad("geminigen: two ids that differ", app => Signed(
            app, "geminigen", "id", Bytes($$"""{"event":"TTS_TEXT_SUCCESS","uuid":"id","event_uuid":"other","note":"{{Content}}","data":{} }""")));
        foreach (var path in (string[])["nobody", "gemini/static", "gemini/dynamic", "sync/dynamic", "replicate/static", "sync%20", "%ff"])
        {
            yield return new($"webhooks/{path}", HttpStatusCode.NotFound, """{"error":"Not found."}""", app => Post(path, Event("gemini", "id"), Unsigned));
        }
    }

    /// <summary>Returns bodies that are not strict JSON objects.</summary>
    internal static IEnumerable<(string Name, byte[] Body)> Malformed(string provider, string id)
    {
        var text = Text(provider, id);
        yield return ("no body", []);
        yield return ("not JSON", Bytes(Content));
        yield return ("an array", Bytes($"[{text}]"));
        yield return ("null", Bytes("null"));
        yield return ("text after the object", Bytes(text + "{}"));
        yield return ("not UTF-8", [.. Bytes(text[..^1] + ",\"extra\":\""), 0xc3, 0x28, .. Bytes("\"}")]);
        yield return ("a name twice", Bytes(text[..^1] + ",\"twice\":1,\"twice\":2}"));
        yield return ("not a number", Bytes(text[..^1] + ",\"progress\":NaN}"));
        yield return ("a raw newline", Bytes(text[..^1] + ",\"prompt\":\"a\nb\"}"));
        yield return ("a trailing comma", Bytes(text[..^1] + ",}"));
        yield return ("cut off", Bytes(text[..^1]));
        yield return ("10,000 levels deep", Bytes(text[..^1] + $",\"deep\":{new string('[', 10_000)}{new string(']', 10_000)}}}"));
    }

    private static HostileRequest Bad(string name, Func<RunningApp, HttpRequestMessage> make) =>
        new(name, HttpStatusCode.BadRequest, """{"error":"The webhook was not accepted."}""", make);

    private static HostileRequest TooLarge(string name, Func<RunningApp, HttpRequestMessage> make) =>
        new(name, HttpStatusCode.RequestEntityTooLarge, """{"error":"The body is too large."}""", make);

    private static HttpRequestMessage Signed(RunningApp app, string provider, string id, byte[] body) =>
        Post(provider, body, app.Keys.Sign(provider, WebhookId(provider, id), body));

    private static HttpRequestMessage Aged(RunningApp app, string provider, TimeSpan age) =>
        Post(provider, Event(provider, "id"), app.Keys.Sign(provider, WebhookId(provider, "id"), Event(provider, "id"), age));

    private static HttpRequestMessage Post(string provider, byte[] body, IReadOnlyDictionary<string, string> headers)
    {
        var request = WebhookHttp.Request(RunningApp.Address(provider), body, headers);
        request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return request;
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> headers, string name, string? value)
    {
        var changed = headers.ToDictionary();
        changed.Remove(name);
        if (value is not null)
        {
            changed[name] = value;
        }

        return changed;
    }

    private static string SignatureHeader(string provider) => provider switch
    {
        "geminigen" => "x-signature",
        "sync" => "Sync-Signature",
        _ => "webhook-signature",
    };

    private static string WebhookId(string provider, string id) => provider == "sync" ? $"{id}:COMPLETED" : id;

    private static string Text(string provider, string id) => provider switch
    {
        "geminigen" => $$"""{"event":"TTS_TEXT_SUCCESS","uuid":"{{id}}","data":{"uuid":"job","error_message":"{{Content}}"} }""",
        "gemini" => $$"""{"type":"batch.failed","version":"v1","timestamp":"2026-01-01T00:00:00Z","data":{"id":"job","error_message":"{{Content}}"} }""",
        "replicate" => $$"""{"id":"job","status":"failed","error":"{{Content}}"}""",
        _ => $$"""{"id":"{{id}}","status":"COMPLETED","error":"{{Content}}"}""",
    };

    private static byte[] Event(string provider, string id) => Bytes(Text(provider, id));

    private static byte[] Padded(string provider, int size)
    {
        var text = Text(provider, "id");
        return Bytes(text[..^1] + $",\"padding\":\"{new string('x', size - text.Length - ",\"padding\":\"\"".Length)}\"}}");
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private sealed record HostileRequest(string Name, HttpStatusCode Expected, string Answer, Func<RunningApp, HttpRequestMessage> Make);
}

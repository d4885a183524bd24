using Benchmarks.Servers;

namespace Benchmarks.Suites.Verify;

/// <summary>Scheme of Gemini's static webhooks: HMAC-SHA256 over id, time and body.</summary>
public class StandardWebhooksScheme : HmacScheme
{
    private const string Id = "msg_2b7ff1a5c0d94b1d8a54e5cf";

    private readonly string _secret = ServerSettings.NewSecret();

    protected override (string Provider, string? Mode) Endpoint => ("gemini", null);

    protected override Dictionary<string, string?> Settings => new() { [ServerSettings.Secret] = _secret };

    protected override (Dictionary<string, string> Genuine, string SignatureHeader, string WrongSignature) Sign()
    {
        var (genuine, wrong) = Sign(Convert.FromBase64String(_secret["whsec_".Length..]), $"{Id}.{Timestamp}.");
        var headers = new Dictionary<string, string>
        {
            ["webhook-id"] = Id,
            ["webhook-timestamp"] = Timestamp,
            ["webhook-signature"] = Signature(genuine),
        };
        return (headers, "webhook-signature", Signature(wrong));
    }

    private static string Signature(byte[] mac) => "v1," + Convert.ToBase64String(mac);
}

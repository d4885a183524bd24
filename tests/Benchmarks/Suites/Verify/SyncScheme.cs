using System.Text;
using Benchmarks.Servers;

namespace Benchmarks.Suites.Verify;

/// <summary>Scheme of Sync's webhooks: HMAC-SHA256 over time and body.</summary>
public class SyncScheme : HmacScheme
{
    private readonly string _secret = ServerSettings.NewSecret();

    protected override (string Provider, string? Mode) Endpoint => ("sync", null);

    protected override Dictionary<string, string?> Settings => new() { ["SYNC_WEBHOOK_SECRET"] = _secret };

    protected override (Dictionary<string, string> Genuine, string SignatureHeader, string WrongSignature) Sign()
    {
        var (genuine, wrong) = Sign(Encoding.ASCII.GetBytes(_secret), $"{Timestamp}.");
        return (new() { ["Sync-Signature"] = Signature(genuine) }, "Sync-Signature", Signature(wrong));
    }

    private string Signature(byte[] mac) => $"t={Timestamp},v1={Convert.ToHexStringLower(mac)}";
}

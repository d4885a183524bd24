using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

public sealed class UrlTokensTests
{
    private const string Setting = "GEMINI_WEBHOOK_TOKEN";
    private const string One = "0123456789abcdef";
    private const string Other = "-._~ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    [Theory]
    [InlineData(One, One, true)]
    [InlineData($"{One} {Other}", One, true)]
    [InlineData($"{One}\t {Other} ", Other, true)]
    [InlineData(One, Other, false)]
    [InlineData(One, "", false)]
    [InlineData(One, null, false)]
    [InlineData(One, "0123456789abcde", false)]
    [InlineData(One, "0123456789abcdef0", false)]
    [InlineData(One, "0123456789abcdeF", false)]
    [InlineData(One, $"{One} ", false)]
    [InlineData($"{One} {Other}", $"{One} {Other}", false)]
    public void A_URL_must_have_exactly_one_of_the_tokens(string setting, string? given, bool isOne) =>
        Assert.Equal(isOne, UrlTokens.Read(TestSettings.Create((Setting, setting)), Setting)!.Contains(given));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void Without_the_setting_there_are_no_tokens(string? value)
    {
        var settings = TestSettings.Create((Setting, value));

        Assert.Null(UrlTokens.Read(settings, Setting));
        Assert.Empty(settings.Problems);
    }

    [Theory]
    [InlineData("0123456789abcde")]
    [InlineData($"{One} short")]
    [InlineData("0123456789abcdef+")]
    [InlineData("0123456789abcdef/")]
    [InlineData("0123456789abcdef=")]
    [InlineData("0123456789abcdef&x")]
    [InlineData("0123456789abcdef%20")]
    [InlineData("0123456789abcdéf0")]
    [InlineData($"{One} {One} {One} {One} {One} {One} {One} {One} {One}")]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/token)")]
    public void A_setting_with_an_invalid_token_is_reported_by_its_name_and_none_of_its_tokens_is_used(string value)
    {
        var settings = TestSettings.Create((Setting, value));

        Assert.Null(UrlTokens.Read(settings, Setting));
        var problem = Assert.Single(settings.Problems);
        Assert.Equal(Setting, problem.Setting);
        Assert.DoesNotContain(value, problem.Reason, StringComparison.Ordinal);
    }
}

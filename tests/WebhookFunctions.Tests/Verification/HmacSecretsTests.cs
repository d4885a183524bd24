using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

public sealed class HmacSecretsTests
{
    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1)]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1)]
    [InlineData("whsec_AAECAwQFBgcICQoLDA0ODw==", 1)]
    [InlineData("whsec_AAECAwQFBgcICQoLDA0ODw", 1)]
    [InlineData("  whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw \t whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n", 2)]
    public void Valid_secrets_are_accepted(string value, int count)
    {
        var settings = TestSettings.Create(("SECRET", value));

        Assert.Equal(count, HmacSecrets.Standard(settings, "SECRET")?.Count);
        Assert.Empty(settings.Problems);
    }

    [Theory]
    [InlineData("whsec_")]
    [InlineData("whsec_AAECAwQFBgcICQoLDA0O")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_c2hvcnQ=")]
    [InlineData("whsec_not-base64-not-base64-not-base64")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA")]
    [InlineData("whsec_MfKQ9r8=GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/x)")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw @Microsoft.KeyVault(SecretUri=https://vault.example/secrets/x)")]
    [InlineData("<your secret>")]
    public void Invalid_secrets_are_a_problem_whose_text_does_not_contain_them(string value)
    {
        var settings = TestSettings.Create(("SECRET", value));

        Assert.Null(HmacSecrets.Standard(settings, "SECRET"));
        var problem = Assert.Single(settings.Problems);
        Assert.Equal("SECRET", problem.Setting);
        Assert.DoesNotContain(value.Split(' ')[^1], problem.Reason, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t\n")]
    public void A_missing_setting_is_no_problem(string? value)
    {
        var settings = TestSettings.Create(("SECRET", value));

        Assert.Null(HmacSecrets.Standard(settings, "SECRET"));
        Assert.Null(HmacSecrets.Text(settings, "SECRET"));
        Assert.Empty(settings.Problems);
    }

    [Theory]
    [InlineData("whsec_test", true)]
    [InlineData("whsec_", false)]
    [InlineData("secret", false)]
    public void A_text_secret_has_a_minimum_length(string value, bool isSound)
    {
        var settings = TestSettings.Create(("SECRET", value));

        Assert.Equal(isSound, HmacSecrets.Text(settings, "SECRET") is not null);
        Assert.Equal(isSound ? 0 : 1, settings.Problems.Count);
    }

    [Fact]
    public void A_setting_may_have_a_maximum_number_of_secrets()
    {
        var settings = TestSettings.Create(("SECRETS", Secrets(HmacKeyRing.MaxKeys)), ("TOO_MANY", Secrets(HmacKeyRing.MaxKeys + 1)));

        Assert.Equal(HmacKeyRing.MaxKeys, HmacSecrets.Standard(settings, "SECRETS")?.Count);
        Assert.Null(HmacSecrets.Standard(settings, "TOO_MANY"));
        var problem = Assert.Single(settings.Problems);
        Assert.Equal(("TOO_MANY", "contains more than 8 secrets"), (problem.Setting, problem.Reason));

        static string Secrets(int count) => string.Join(' ', Enumerable.Repeat("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", count));
    }

    [Theory]
    [InlineData("whsec_not-base64-not-base64-not-base64", "is not a signing secret")]
    [InlineData("whsec_c2hvcnQ=", "is too short: at least 16 bytes are needed")]
    [InlineData("whsec_AAECAwQFBgcICQoLDA0O", "is too short: at least 16 bytes are needed")]
    public void The_error_for_an_invalid_secret_names_the_mistake(string value, string reason)
    {
        var settings = TestSettings.Create(("SECRET", value));

        HmacSecrets.Standard(settings, "SECRET");

        Assert.Equal(reason, Assert.Single(settings.Problems).Reason);
    }
}

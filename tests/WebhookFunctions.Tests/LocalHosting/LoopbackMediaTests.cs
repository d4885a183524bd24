using LocalHost.Hosting;

namespace WebhookFunctions.Tests.LocalHosting;

public sealed class LoopbackMediaTests
{
    private const string Setting = "Assets__AllowLoopback";

    [Theory]
    [InlineData(false, null, null, "true")]
    [InlineData(false, null, "development", "true")]
    [InlineData(true, null, null, null)]
    [InlineData(false, null, "Production", null)]
    [InlineData(false, "false", null, "false")]
    [InlineData(true, "true", null, "true")]
    public void Media_on_this_machine_are_allowed_if_only_this_machine_can_reach_the_app_and_no_setting_says_otherwise(
        bool isReachable, string? named, string? environment, string? expected)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (named is not null)
        {
            settings[Setting] = named;
        }

        if (environment is not null)
        {
            settings["AZURE_FUNCTIONS_ENVIRONMENT"] = environment;
        }

        Assert.Equal(expected, LoopbackMedia.AllowUnless(isReachable, settings).GetValueOrDefault(Setting));
        Assert.DoesNotContain("Assets__AllowedHosts", settings.Keys);
    }

    [Fact]
    public void The_setting_is_recognized_in_both_spellings() => Assert.DoesNotContain(
        Setting, LoopbackMedia.AllowUnless(false, new Dictionary<string, string> { ["Assets:AllowLoopback"] = "false" }).Keys);
}

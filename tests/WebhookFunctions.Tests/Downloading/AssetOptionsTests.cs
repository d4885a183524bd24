using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading;

namespace WebhookFunctions.Tests.Downloading;

public sealed class AssetOptionsTests
{
    [Theory]
    [InlineData("Assets:MaxBytes", "0")]
    [InlineData("Assets:MaxBytes", "203000000000")]
    [InlineData("Assets:MaxDownloads", "0")]
    [InlineData("Assets:MaxDownloadsPerHost", "0")]
    [InlineData("Assets:BlockBytes", "1")]
    [InlineData("Assets:RunTime", "-00:00:01")]
    public void The_error_for_an_invalid_setting_names_it(string setting, string value)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read(new Dictionary<string, string?> { [setting] = value }));
        Assert.Contains(setting.Split(':')[1], failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_downloads_together_fit_an_instance_of_2_GiB_by_default() => Assert.Equal(320L * 1024 * 1024, Read([]).BufferBytes);

    [Fact]
    public void A_buffer_is_a_power_of_two() => Assert.Equal(
        16L * 5 * 8 * 1024 * 1024, Read(new Dictionary<string, string?> { ["Assets:BlockBytes"] = "5000000" }).BufferBytes);

    [Fact]
    public void More_downloads_than_fit_the_memory_are_refused()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read(new Dictionary<string, string?>
        {
            ["Assets:MaxDownloads"] = "1024",
            ["Assets:BlocksInFlight"] = "32",
            ["Assets:BlockBytes"] = "104857600",
        }));
        Assert.Contains("MaxDownloads", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("16", null, 8)]
    [InlineData("4", null, 2)]
    [InlineData("1", null, 1)]
    [InlineData("4", "4", 4)]
    public void One_host_has_half_of_the_downloads_unless_a_setting_says_otherwise(string downloads, string? perHost, int expected) => Assert.Equal(
        expected,
        Read(new Dictionary<string, string?> { ["Assets:MaxDownloads"] = downloads, ["Assets:MaxDownloadsPerHost"] = perHost }).DownloadsPerHost);

    private static AssetOptions Read(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddDownloading(configuration)
            .BuildServiceProvider()
            .GetRequiredService<IOptions<AssetOptions>>().Value;
    }
}

using Microsoft.Extensions.Options;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Tests.Downloading;

namespace WebhookFunctions.Tests.Recording;

public sealed class AssetHostsTests
{
    private static readonly TestProvider Provider = new() { Hosts = ["cdn.example", "*.r2.cloudflarestorage.com", "storage.googleapis.com", "*.googleusercontent.com"] };

    [Theory]
    [InlineData("https://cdn.example/v.mp4", true)]
    [InlineData("https://added.example/v.mp4", true)]
    [InlineData("https://evil.example/v.mp4", false)]
    [InlineData("https://cdn.example.evil.example/v.mp4", false)]
    // Anyone can rent space on these hosts, although the provider's list and the setting contain them.
    [InlineData("https://bucket.r2.cloudflarestorage.com/v.mp4", false)]
    [InlineData("https://BUCKET.R2.cloudflarestorage.com/v.mp4", false)]
    [InlineData("https://bucket.r2.cloudflarestorage.com./v.mp4", false)]
    [InlineData("https://storage.googleapis.com/bucket/v.mp4", false)]
    [InlineData("https://lh3.googleusercontent.com/v.mp4", false)]
    [InlineData("https://bucket.s3.us-east-1.amazonaws.com/v.mp4", false)]
    [InlineData("https://bucket.s3.amazonaws.com./v.mp4", false)]
    public void An_unconfirmed_link_is_followed_only_from_a_host_that_the_provider_alone_controls(string link, bool isFetched)
    {
        var source = new AssetSource { Name = "video", Url = link };

        var restricted = Hosts().Restrict(source, Provider, Assurance.Unconfirmed);

        Assert.Equal(isFetched, restricted.ExternalReason is null);
        Assert.Equal(isFetched, Hosts().MayBeginAt(new Uri(link), Provider, Assurance.Unconfirmed));
        Assert.Same(source, Hosts().Restrict(source, Provider, Assurance.Confirmed));
        Assert.Same(source, Hosts().Restrict(source, Provider, Assurance.Signed));
    }

    [Fact]
    public void A_shared_host_is_allowed_as_the_target_of_a_redirect() => Assert.True(
        Hosts().For(Provider, Assurance.Unconfirmed)!.Allows(new Uri("https://bucket.r2.cloudflarestorage.com/v.mp4")));

    [Theory]
    [InlineData(Assurance.Unconfirmed, false, true)]
    [InlineData(Assurance.Confirmed, false, false)]
    [InlineData(Assurance.Signed, false, false)]
    [InlineData(Assurance.Confirmed, true, true)]
    [InlineData(Assurance.Signed, true, true)]
    public void The_list_applies_to_unproven_links_and_by_setting_to_every_link(Assurance assurance, bool restrict, bool applies) =>
        Assert.Equal(applies, new AssetHosts(Options.Create(new AssetHostOptions { RestrictToAllowedHosts = restrict })).For(Provider, assurance) is not null);

    [Fact]
    public void A_source_that_cannot_be_fetched_keeps_its_own_reason()
    {
        var unfetchable = new AssetSource { Name = "video", Url = "https://evil.example/", FetchError = "No link." };
        var elsewhere = new AssetSource { Name = "video", Url = "gs://bucket/object", ExternalReason = "In a bucket." };

        Assert.Same(unfetchable, Hosts().Restrict(unfetchable, Provider, Assurance.Unconfirmed));
        Assert.Same(elsewhere, Hosts().Restrict(elsewhere, Provider, Assurance.Unconfirmed));
    }

    [Fact]
    public void Hosts_are_listed_with_commas_semicolons_or_white_space() => Assert.Equal(
        ["a.example", "*.b.example", "127.0.0.1", "c.example"],
        new AssetHostOptions { AllowedHosts = " a.example, *.b.example;127.0.0.1\n c.example " }.AllowedHostList);

    private static AssetHosts Hosts() => new(Options.Create(new AssetHostOptions
    {
        AllowedHosts = "added.example, *.s3.us-east-1.amazonaws.com, *.s3.amazonaws.com., bucket.r2.cloudflarestorage.com.",
    }));
}

using System.Net;
using System.Text;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Storage;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

public sealed class AssetLinksTests(AzuriteFixture azurite)
{
    private static readonly byte[] Content = [1, 2, 3];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_reads_its_blob_and_does_nothing_else()
    {
        var storage = await AzuriteStorage.StorageAsync(await azurite.NewAccountAsync());
        await UploadAsync(storage, "sync/job/video.mp4", "video/mp4");
        await UploadAsync(storage, "sync/job/other.mp4", "video/mp4");
        using var links = new AssetLinks(storage, TimeProvider.System);
        var link = (await links.OpenAsync(TimeSpan.FromMinutes(5), Cancel)).Sign("sync/job/video.mp4", "video/mp4", null);

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Equal(Content, await http.GetByteArrayAsync(link, Cancel));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, HttpMethod.Get, new UriBuilder(link) { Path = link.AbsolutePath.Replace("video.mp4", "other.mp4", StringComparison.Ordinal) }.Uri));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, HttpMethod.Delete, link));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, HttpMethod.Put, link));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, HttpMethod.Get, new UriBuilder(link) { Path = link.AbsolutePath[..^"/sync/job/video.mp4".Length], Query = link.Query + "&restype=container&comp=list" }.Uri));
    }

    [Fact]
    public async Task A_link_that_has_expired_reads_nothing()
    {
        var storage = await AzuriteStorage.StorageAsync(await azurite.NewAccountAsync());
        await UploadAsync(storage, "sync/job/video.mp4", "video/mp4");
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(6));
        using var links = new AssetLinks(storage, clock);
        var signer = await links.OpenAsync(TimeSpan.FromMinutes(5), Cancel);

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Equal(clock.GetUtcNow() + TimeSpan.FromMinutes(5), signer.ExpiresAt);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, HttpMethod.Get, signer.Sign("sync/job/video.mp4", "video/mp4", null)));
    }

    [Theory]
    [InlineData("video/mp4", null)]
    [InlineData("image/png", null)]
    [InlineData("audio/mpeg; rate=16000", null)]
    [InlineData("text/plain; charset=utf-8", null)]
    [InlineData("application/json", null)]
    [InlineData("text/html", "attachment")]
    [InlineData("TEXT/HTML; charset=utf-8", "attachment")]
    [InlineData("image/svg+xml", "attachment")]
    [InlineData("IMAGE/SVG+XML", "attachment")]
    [InlineData("application/xhtml+xml", "attachment")]
    [InlineData("text/xml", "attachment")]
    [InlineData("text/javascript", "attachment")]
    [InlineData("application/octet-stream", "attachment")]
    [InlineData("", "attachment")]
    [InlineData(null, "attachment")]
    public async Task Content_that_could_run_scripts_is_served_as_an_attachment(string? contentType, string? disposition)
    {
        var storage = await AzuriteStorage.StorageAsync(await azurite.NewAccountAsync());
        await UploadAsync(storage, "sync/job/file.bin", contentType);
        using var links = new AssetLinks(storage, TimeProvider.System);
        var signer = await links.OpenAsync(TimeSpan.FromMinutes(5), Cancel);

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var plain = await http.GetAsync(signer.Sign("sync/job/file.bin", contentType, null), Cancel);
        using var named = await http.GetAsync(signer.Sign("sync/job/file.bin", contentType, "sync-job-file.bin"), Cancel);

        Assert.Equal(disposition, plain.Content.Headers.ContentDisposition?.ToString());
        Assert.Equal("attachment; filename=\"sync-job-file.bin\"", named.Content.Headers.ContentDisposition?.ToString());
    }

    [Fact]
    public async Task With_an_identity_one_key_of_the_account_signs_all_links_until_one_would_outlive_it()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero));
        using var account = new DelegatingAccount();
        using var links = new AssetLinks(account.Storage(), clock);

        var link = (await links.OpenAsync(TimeSpan.FromHours(24), Cancel)).Sign("sync/a%2Fb/video.mp4", "video/mp4", null);
        await links.OpenAsync(TimeSpan.FromMinutes(1), Cancel);
        clock.Advance(TimeSpan.FromHours(5));
        await links.OpenAsync(TimeSpan.FromHours(24), Cancel);
        Assert.Single(account.KeyRequests);
        clock.Advance(TimeSpan.FromHours(2));
        await links.OpenAsync(TimeSpan.FromHours(24), Cancel);

        Assert.Equal(
            [("2026-11-26T11:55:00Z", "2026-11-27T18:00:00Z"), ("2026-11-26T18:55:00Z", "2026-11-28T01:00:00Z")],
            account.KeyRequests);
        Assert.Equal("https://account.blob.core.windows.net/assets/sync/a%252Fb/video.mp4", link.GetLeftPart(UriPartial.Path));
        var query = System.Web.HttpUtility.ParseQueryString(link.Query);
        Assert.Equal(
            ("b", "r", "https", "2026-11-27T12:00:00Z", DelegatingAccount.ObjectId, DelegatingAccount.TenantId),
            (query["sr"], query["sp"], query["spr"], query["se"], query["skoid"], query["sktid"]));
    }

    private static async Task UploadAsync(StorageClients storage, string name, string? contentType) => await storage.Assets.GetBlobClient(name).UploadAsync(
        new BinaryData(Content), new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = contentType } }, Cancel);

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, HttpMethod method, Uri link)
    {
        using var request = new HttpRequestMessage(method, link);
        if (method == HttpMethod.Put)
        {
            request.Content = new ByteArrayContent(Content);
            request.Headers.Add("x-ms-blob-type", "BlockBlob");
        }

        using var response = await http.SendAsync(request, Cancel);
        return response.StatusCode;
    }

    /// <summary>Storage account that accepts an identity and issues user delegation keys, which Azurite does only with TLS and a real directory.</summary>
    private sealed class DelegatingAccount : HttpPipelineTransport, IDisposable
    {
        public const string ObjectId = "00000000-0000-0000-0000-000000000001";
        public const string TenantId = "00000000-0000-0000-0000-000000000002";

        private readonly HttpClientTransport _requests = new();

        public List<(string? Start, string? Expiry)> KeyRequests { get; } = [];

        public StorageClients Storage() => new(
            new TableServiceClient(new Uri("https://account.table.core.windows.net"), new FixedCredential(), new TableClientOptions { Transport = this }),
            new BlobServiceClient(new Uri("https://account.blob.core.windows.net"), new FixedCredential(), new BlobClientOptions { Transport = this }));

        public override Request CreateRequest() => _requests.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message)
        {
            Assert.Equal("?restype=service&comp=userdelegationkey", message.Request.Uri.Query);
            using var body = new MemoryStream();
            await message.Request.Content!.WriteToAsync(body, message.CancellationToken);
            body.Position = 0;
            var requested = System.Xml.Linq.XElement.Load(body);
            var (start, expiry) = (requested.Element("Start")?.Value, requested.Element("Expiry")?.Value);
            KeyRequests.Add((start, expiry));
            message.Response = new KeyResponse($"""
                <?xml version="1.0" encoding="utf-8"?><UserDelegationKey><SignedOid>{ObjectId}</SignedOid><SignedTid>{TenantId}</SignedTid>
                <SignedStart>{start}</SignedStart><SignedExpiry>{expiry}</SignedExpiry><SignedService>b</SignedService>
                <SignedVersion>2026-06-06</SignedVersion><Value>{Convert.ToBase64String(new byte[32])}</Value></UserDelegationKey>
                """);
        }

        public void Dispose() => _requests.Dispose();
    }

    private sealed class FixedCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("token", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }

    private sealed class KeyResponse(string xml) : Response
    {
        public override int Status => 200;

        public override string ReasonPhrase => "OK";

        public override Stream? ContentStream { get; set; } = new MemoryStream(Encoding.UTF8.GetBytes(xml.Trim()));

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose() => ContentStream?.Dispose();

        protected override bool ContainsHeader(string name) => false;

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => [];

        protected override bool TryGetHeader(string name, out string value)
        {
            value = "";
            return false;
        }

        protected override bool TryGetHeaderValues(string name, out IEnumerable<string> values)
        {
            values = [];
            return false;
        }
    }
}

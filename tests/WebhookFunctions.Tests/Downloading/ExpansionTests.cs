using System.Text;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of manifests: stored documents that name further assets.</summary>
public sealed class ExpansionTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly HostileServer _source = new();
    private AssetBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await AssetBench.CreateAsync(azurite);

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task Each_of_five_hundred_assets_of_a_manifest_has_a_row_and_a_message()
    {
        await ExpandAsync(500);

        var row = await _bench.EventAsync();
        Assert.Equal((501, 1, EventState.Downloading), (row.AssetsTotal, row.AssetsStored, row.State));
        Assert.Equal(500, _bench.Queue.Sent.Select(message => message.MessageId).Distinct().Count());
        Assert.Equal("clip-0", (await _bench.RowAsync(1)).Name);
        Assert.Equal("clip-499", (await _bench.RowAsync(500)).Name);
        Assert.All(_bench.Queue.Sent, message => Assert.DoesNotContain("asset:00000", message.MessageId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_provider_gets_the_manifest_exactly_as_it_was_stored()
    {
        string? read = null;
        _bench.Provider.Manifest = content =>
        {
            using var reader = new StreamReader(content);
            read = reader.ReadToEnd();
            return new[] { new AssetSource { Name = "named", Url = _source.Url("/named") } }.ToAsyncEnumerable();
        };
        await DeliverAsync("{\"a\":1}\n{\"b\":2}\n");
        Assert.Equal("{\"a\":1}\n{\"b\":2}\n", read);
        Assert.Equal("named", _bench.Next().Source.Name);
    }

    [Fact]
    public async Task A_manifest_with_too_many_assets_is_expanded_only_up_to_the_limit()
    {
        await ExpandAsync(int.MaxValue, hasProblems: true);

        var row = await _bench.EventAsync();
        Assert.Equal(AssetDispatch.MaxExpansion + 1, row.AssetsTotal);
        Assert.Equal((AssetDispatch.MaxExpansion, EventState.CompletedWithFailures), (row.AssetsFailed, row.State));
        Assert.Contains("left out", (await _bench.RowAsync(AssetDispatch.MaxExpansion)).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_named_by_a_manifest_is_stored_and_not_expanded()
    {
        _bench.Provider.Manifest = _ => new[] { new AssetSource { Name = "inner", Url = _source.Url("/inner"), Expands = true } }.ToAsyncEnumerable();
        await DeliverAsync("{}");
        Assert.False(_bench.Next().Source.Expands);
    }

    [Fact]
    public async Task A_manifest_that_is_expanded_again_in_another_order_keeps_the_row_of_each_name_and_adds_the_others()
    {
        Name("a", "b");
        var message = await DeliverAsync("{}");
        var asset = await _bench.RowAsync();
        var before = asset.State;
        asset.Reopen(_bench.Get<TimeProvider>().GetUtcNow());
        Assert.Equal(WriteResult.Written, await _bench.Get<AssetCompletionWriter>().WriteAsync(asset, before, TestContext.Current.CancellationToken));
        var sent = _bench.Queue.Sent.Count;

        Name("new", "b", "a");
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message with { Reopenings = 1 }));

        List<AssetRow> rows = [await _bench.RowAsync(1), await _bench.RowAsync(2), await _bench.RowAsync(3)];
        Assert.Equal(["a", "b", "new"], rows.Select(row => row.Name));
        Assert.Equal((4, 1), ((await _bench.EventAsync()).AssetsTotal, (await _bench.EventAsync()).AssetsStored));
        Assert.Equal(
            rows.Select(row => (row.RowKey, row.Name)),
            _bench.Queue.Sent.Skip(sent).Select(AssetBench.Read).Select(next => (next.Row, next.Source.Name)).Order());

        void Name(params string[] names) => _bench.Provider.Manifest = _ =>
            names.Select(name => new AssetSource { Name = name, Url = _source.Url($"/{name}") }).ToAsyncEnumerable();
    }

    private async Task ExpandAsync(int count, bool hasProblems = false)
    {
        _bench.Provider.Manifest = _ => Sources(count, hasProblems).ToAsyncEnumerable();
        await DeliverAsync("{}\n{}\n");
    }

    private IEnumerable<AssetSource> Sources(int count, bool hasProblems)
    {
        for (var i = 0; i < count; i++)
        {
            yield return new AssetSource
            {
                Name = FormattableString.Invariant($"clip-{i}"),
                Url = _source.Url("/clip"),
                FetchError = hasProblems ? "It failed." : null,
            };
        }
    }

    /// <summary>Delivers the message of a manifest with that content, and returns it.</summary>
    private async Task<AssetMessage> DeliverAsync(string manifest)
    {
        var url = _source.On("/manifest", exchange => exchange.AnswerAsync("200 OK", "Content-Type: application/jsonl\r\n", Encoding.UTF8.GetBytes(manifest)));
        var message = await _bench.AnnounceAsync(new AssetSource { Name = "manifest", Url = url, Kind = AssetKind.Document, Expands = true });
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
        return message;
    }
}

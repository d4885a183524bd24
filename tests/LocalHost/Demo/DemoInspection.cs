using System.Security.Cryptography;
using LocalHost.Samples;
using WebhookFunctions.Storage.Events;

namespace LocalHost.Demo;

/// <summary>Inspection that reads the tables, the containers and the recorded requests of the stand-ins.</summary>
internal sealed class DemoInspection(StoredResults results, MediaServer media, DemoProviders providers)
{
    public async Task<DemoFindings> FindAsync(IReadOnlyList<Answer> answers, CancellationToken cancellationToken)
    {
        var genuine = answers.Select(answer => answer.Delivery).Where(delivery => delivery.Kind == DeliveryKind.Genuine).ToList();
        var events = await Task.WhenAll(genuine.Select(delivery => FindEventAsync(delivery, cancellationToken)));
        var jobs = await Task.WhenAll(genuine.GroupBy(delivery => (delivery.Provider, delivery.JobId)).Select(job => job.Last()).Select(
            async last => new FoundJob(last, await results.FindJobAsync(last.Provider, last.JobId, cancellationToken))));

        var seen = providers.KeyHeaders.Where(header => media.Requests.Any(request => request.Header(header) is not null));
        return new DemoFindings(answers, events, jobs, await results.CountEventsAsync(cancellationToken), [.. seen]);
    }

    private async Task<FoundEvent> FindEventAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var row = await results.FindEventAsync(delivery.By.Samples.Space, delivery.Webhook.WebhookId, cancellationToken);
        return row is null
            ? new FoundEvent(delivery, null, null, [])
            : new FoundEvent(delivery, row, await results.BodyHashAsync(row, cancellationToken), await AssetsAsync(delivery, row, cancellationToken));
    }

    private async Task<IReadOnlyList<FoundAsset>> AssetsAsync(Delivery delivery, EventRow row, CancellationToken cancellationToken)
    {
        var rows = (await results.AssetsAsync(row, cancellationToken)).ToList();
        var found = new List<FoundAsset>();
        foreach (var file in delivery.Scene.Files)
        {
            var asset = rows.Find(asset => asset.SourceUrl == new Uri(file.Link).GetLeftPart(UriPartial.Path));
            found.Add(new FoundAsset(asset, SourceOf(delivery, file), await results.HashAsync(asset?.Blob, cancellationToken)));
            rows.RemoveAll(each => each == asset);
        }

        return [.. found, .. rows.Select(other => new FoundAsset(other, null, null))];
    }

    private FetchedSource SourceOf(Delivery delivery, SampleFile file)
    {
        if (file.MediaLink is { } link)
        {
            var source = media[link];
            return new FetchedSource(file, source.Content.Length, source.Sha256, source.Requests);
        }

        var path = new Uri(file.Link).AbsolutePath;
        return new FetchedSource(
            file,
            file.Document.Length,
            Convert.ToHexStringLower(SHA256.HashData(file.Document.Span)),
            delivery.By.Api!.Requests.Count(request => request.PathAndQuery.Split('?')[0] == path));
    }
}

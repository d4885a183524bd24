using System.Text.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Providers.Described;

/// <summary>Paths of values in a service's document: a webhook's body, or an answer of its API. They have the form of
/// <see cref="JsonPaths"/>.</summary>
public sealed record ServiceReading
{
    /// <summary>The job's id.</summary>
    public required string JobId { get; init; }

    /// <summary>The job's status.</summary>
    public required string Status { get; init; }

    /// <summary>The links to results, which are followed once the job has succeeded.</summary>
    public required IReadOnlyList<LinkRule> Links { get; init; }

    /// <summary>The event's type; null, the default value, if there is none.</summary>
    public string? EventType { get; init; }

    /// <summary>The error message; null, the default value, if there is none.</summary>
    public string? Error { get; init; }

    /// <summary>The error code; null, the default value, if there is none.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The model; null, the default value, if there is none.</summary>
    public string? Model { get; init; }

    /// <summary>The time of the event; null, the default value, if there is none.</summary>
    public string? Time { get; init; }

    /// <summary>Reads a document.</summary>
    /// <param name="document">Any JSON object.</param>
    /// <param name="service">The service's description.</param>
    internal GenerationEvent Read(JsonElement document, ServiceDescription service)
    {
        var providerStatus = document.TextAt(Status);
        var status = service.StatusOf(providerStatus);
        List<AssetSource> assets = [];
        if (status == JobStatus.Succeeded)
        {
            var ownHosts = new HostList(service.OwnHosts);
            foreach (var rule in Links)
            {
                rule.Collect(document, ownHosts, assets);
            }
        }

        var lacksResult = status == JobStatus.Succeeded && assets.Count == 0;
        return new GenerationEvent
        {
            EventType = document.TextAt(EventType) ?? service.DefaultEventType,
            JobId = document.TextAt(JobId),
            Status = status,
            ProviderStatus = providerStatus,
            ErrorCode = status is JobStatus.Succeeded ? null : document.TextAt(ErrorCode),
            ErrorMessage = status is JobStatus.Succeeded ? null : document.ErrorAt(Error),
            Model = document.TextAt(Model),
            OccurredAt = document.TimeAt(Time),
            Assets = assets,
            LacksResult = lacksResult,
            Note = lacksResult ? "The event reports success but contains no link." : null,
        };
    }
}

using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Storage;

/// <summary>Pipeline policy of the storage clients that records in <see cref="OutageLog"/> which tries succeed and which find storage
/// unavailable.</summary>
public sealed class OutagePolicy(OutageLog outage) : HttpPipelinePolicy
{
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            await ProcessNextAsync(message, pipeline);
        }
        catch (Exception exception) when (IsNotCancellation(message, exception))
        {
            outage.Failed(LoggedException.ReasonOf(exception));
            throw;
        }

        Observe(message);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            ProcessNext(message, pipeline);
        }
        catch (Exception exception) when (IsNotCancellation(message, exception))
        {
            outage.Failed(LoggedException.ReasonOf(exception));
            throw;
        }

        Observe(message);
    }

    // Returns whether the failure is anything but the caller's own cancellation, which says nothing about storage.
    private static bool IsNotCancellation(HttpMessage message, Exception exception) =>
        exception is not OperationCanceledException || !message.CancellationToken.IsCancellationRequested;

    private void Observe(HttpMessage message)
    {
        var response = message.Response;
        if (response.Status is 401 or 403 or 408 or 429 or >= 500)
        {
            outage.Failed(LoggedException.ReasonOf(new RequestFailedException(response)));
        }
        else
        {
            outage.Succeeded();
        }
    }
}

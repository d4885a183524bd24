using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Recording;

internal sealed class ListProviderFactory : IProviderFactory
{
    public string Name => "list";

    /// <summary>Whether the provider's API does not answer for jobs whose id begins with <c>unreachable</c>.</summary>
    public bool IsApiAway { get; set; }

    /// <summary>What the API makes of what an event says; null for the same.</summary>
    public Func<GenerationEvent, Task<GenerationEvent>>? Answer { get; set; }

    public WebhookProvider Create(ProviderSettings settings) => new ListProvider(this);
}

/// <summary>A provider whose events say how many assets they have.</summary>
internal sealed class ListProvider(ListProviderFactory factory) : WebhookProvider
{
    public static readonly TimeSpan Turn = TimeSpan.FromMinutes(7);

    public override string Name => "list";

    public override IReadOnlyList<WebhookEndpoint> Endpoints => [];

    public override IReadOnlyList<string> AssetHosts => [];

    public override string? Identify(WebhookRequest request) => null;

    public override GenerationEvent Interpret(ReceivedEvent received) => new()
    {
        EventType = "list",
        JobId = received.Body.Text("job"),
        Status = JobStatus.Succeeded,
        Assets = [.. Enumerable.Range(0, received.Body.GetProperty("assets").GetInt32())
            .Select(i => new AssetSource { Name = $"a{i}", Url = $"https://example.com/{i}?token=secret" })],
    };

    public override ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent said, CancellationToken cancellationToken) =>
        said.JobId?.Split('-')[0] switch
        {
            "denied" => ValueTask.FromResult<Confirmation>(new Confirmation.Denied("No such job.")),
            "unreachable" when factory.IsApiAway => throw new HttpRequestException("away"),
            "unfinished" => ValueTask.FromResult<Confirmation>(new Confirmation.Unfinished("Not finished.")),
            "crowded" => ValueTask.FromResult<Confirmation>(new Confirmation.Postponed(Turn)),
            "unasked" => base.ConfirmAsync(received, said, cancellationToken),
            _ => AnswerAsync(said),
        };

    private async ValueTask<Confirmation> AnswerAsync(GenerationEvent said) =>
        Confirmation.Confirmed(factory.Answer is { } answer ? await answer(said) : said);
}

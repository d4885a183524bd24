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

    /// <summary>Gets or sets whether the provider's API is unavailable for jobs whose id begins with <c>unreachable</c>.</summary>
    public bool IsApiUnavailable { get; set; }

    /// <summary>Gets or sets whether the key for the provider's API is set, for jobs whose id begins with <c>keyed</c>.</summary>
    public bool IsKeySet { get; set; }

    /// <summary>Gets or sets a function that returns the API's answer to an event; null for an answer equal to the event.</summary>
    public Func<GenerationEvent, Task<GenerationEvent>>? Answer { get; set; }

    public WebhookProvider Create(ProviderSettings settings) => new ListProvider(this);
}

/// <summary>Provider whose events contain the number of their assets.</summary>
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

    public override ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken) =>
        generation.JobId?.Split('-')[0] switch
        {
            "denied" => ValueTask.FromResult<Confirmation>(new Confirmation.Denied("No such job.")),
            "unreachable" when factory.IsApiUnavailable => throw new HttpRequestException("unavailable"),
            "unfinished" => ValueTask.FromResult<Confirmation>(new Confirmation.Unfinished("Not finished.")),
            "crowded" => ValueTask.FromResult<Confirmation>(new Confirmation.Postponed(Turn)),
            "keyed" when !factory.IsKeySet => base.ConfirmAsync(received, generation, cancellationToken),
            "unasked" => base.ConfirmAsync(received, generation, cancellationToken),
            _ => AnswerAsync(generation),
        };

    private async ValueTask<Confirmation> AnswerAsync(GenerationEvent generation) =>
        Confirmation.Confirmed(factory.Answer is { } answer ? await answer(generation) : generation);
}

using System.CommandLine;
using WebhookFunctions.Messaging;

namespace LocalHost.Commands;

/// <summary><c>dead-letters</c>, <c>replay</c> and <c>recover</c>: what whoever is on call needs, for any deployment.</summary>
internal static class OperatorCommands
{
    public static Command DeadLetters()
    {
        var queue = Queue();
        var from = new Option<long>("--from") { Description = "The sequence number to begin at: \"next\" of the page before." };
        var client = new OperatorClient();
        var command = new Command("dead-letters", "Lists the dead letters of a queue, and takes none.") { queue, from };
        client.AddTo(command);
        command.SetAction((arguments, cancellationToken) => client.AskAsync(
            arguments, HttpMethod.Get, $"dead-letters/{arguments.GetRequiredValue(queue)}?from={arguments.GetValue(from)}", body: null, cancellationToken));
        return command;
    }

    public static Command Replay()
    {
        var queue = Queue();
        var numbers = new Argument<long[]>("sequence-numbers")
        {
            Description = "Which ones, as dead-letters lists them.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var all = new Option<bool>("--all") { Description = "All of them." };
        var client = new OperatorClient();
        var command = new Command("replay", "Sends dead letters back to their queue. To do so twice does no harm.") { queue, numbers, all };
        client.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == result.GetValue(numbers) is { Length: > 0 })
            {
                result.AddError("Name sequence numbers, or say --all.");
            }
        });
        command.SetAction((arguments, cancellationToken) => client.AskAsync(
            arguments,
            HttpMethod.Post,
            $"dead-letters/{arguments.GetRequiredValue(queue)}/replay",
            arguments.GetValue(all) ? new { all = true } : new { sequenceNumbers = arguments.GetValue(numbers) },
            cancellationToken));
        return command;
    }

    public static Command Recover()
    {
        var provider = new Argument<string>("provider") { Description = "The provider's name, such as sync." };
        var jobs = new Argument<string[]>("jobs") { Description = "The ids of the jobs.", Arity = ArgumentArity.OneOrMore };
        var client = new OperatorClient();
        var command = new Command("recover", "Asks a provider's API for jobs whose webhooks never came, and brings in what it tells.") { provider, jobs };
        client.AddTo(command);
        command.SetAction((arguments, cancellationToken) => client.AskAsync(
            arguments,
            HttpMethod.Post,
            $"webhooks/{Uri.EscapeDataString(arguments.GetRequiredValue(provider))}/recover",
            new { jobIds = arguments.GetRequiredValue(jobs) },
            cancellationToken));
        return command;
    }

    private static Argument<string> Queue()
    {
        var queue = new Argument<string>("queue") { Description = $"{QueueNames.WebhookEvents} or {QueueNames.AssetDownloads}." };
        queue.AcceptOnlyFromAmong(QueueNames.WebhookEvents, QueueNames.AssetDownloads);
        return queue;
    }
}

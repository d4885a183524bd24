using System.CommandLine;
using System.Text.Json;
using WebhookFunctions.Messaging;

namespace LocalHost.Commands;

/// <summary><c>dead-letters</c>, <c>replay</c> and <c>recover</c>: what a person on call needs, for any deployment.</summary>
internal static class OperatorCommands
{
    public static Command DeadLetters()
    {
        var queue = Queue();
        var cursor = new Option<string>("--cursor") { Description = "The end of the page before, which that page names." };
        var json = OperatorClient.JsonOption();
        var client = new OperatorClient();
        var command = new Command("dead-letters", "Lists the dead letters of a queue, and takes none.") { queue, cursor, json };
        client.AddTo(command);
        command.SetAction((arguments, cancellationToken) =>
        {
            var name = arguments.GetRequiredValue(queue);
            return client.AskAsync(
                arguments,
                HttpMethod.Get,
                $"dead-letters/{name}?cursor={Uri.EscapeDataString(arguments.GetValue(cursor) ?? "")}",
                body: null,
                answer => arguments.InvocationConfiguration.Output.WriteLine(
                    arguments.GetValue(json) ? OperatorClient.Readable(answer) : DeadLetterTable.Format(name, JsonElement.Parse(answer))),
                cancellationToken);
        });
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
        command.SetAction(async (arguments, cancellationToken) =>
        {
            // An answer comes within seconds, for as many as that allows: all of them may take several.
            for (bool? goOn = null; goOn is not false;)
            {
                goOn = false;
                var result = await client.AskAsync(
                    arguments,
                    HttpMethod.Post,
                    $"dead-letters/{arguments.GetRequiredValue(queue)}/replay",
                    arguments.GetValue(all) ? new { all = true } : new { sequenceNumbers = arguments.GetValue(numbers) },
                    answer =>
                    {
                        arguments.InvocationConfiguration.Output.WriteLine(OperatorClient.Readable(answer));
                        goOn = arguments.GetValue(all) && HasAdvanced(JsonElement.Parse(answer));
                    },
                    cancellationToken);
                if (result != 0)
                {
                    return result;
                }
            }

            return 0;
        });
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

    // Where one pass has moved nothing, the next will not either.
    private static bool HasAdvanced(JsonElement answer) =>
        answer.GetProperty("more").GetBoolean() && answer.GetProperty("replayed").GetInt32() + answer.GetProperty("done").GetInt32() > 0;

    private static Argument<string> Queue()
    {
        var queue = new Argument<string>("queue") { Description = $"{QueueNames.WebhookEvents} or {QueueNames.AssetDownloads}." };
        queue.AcceptOnlyFromAmong(QueueNames.WebhookEvents, QueueNames.AssetDownloads);
        return queue;
    }
}

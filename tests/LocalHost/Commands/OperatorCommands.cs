using System.CommandLine;
using System.Text.Json;
using WebhookFunctions.Messaging;

namespace LocalHost.Commands;

/// <summary>Commands <c>dead-letters</c>, <c>replay</c> and <c>recover</c> for an operator of any deployment.</summary>
internal static class OperatorCommands
{
    public static Command DeadLetters()
    {
        var queue = Queue();
        var cursor = new Option<string>("--cursor") { Description = "The cursor that the previous page ended with." };
        var json = OperatorClient.JsonOption();
        var client = new OperatorClient();
        var command = new Command("dead-letters", "Lists the dead letters of a queue without removing any.") { queue, cursor, json };
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
            Description = "Sequence numbers, as listed by dead-letters.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var all = new Option<bool>("--all") { Description = "Replays all dead letters of the queue." };
        var client = new OperatorClient();
        var command = new Command("replay", "Sends dead letters back to their queue. Repeating it is harmless.") { queue, numbers, all };
        client.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == result.GetValue(numbers) is { Length: > 0 })
            {
                result.AddError("Specify either sequence numbers or --all.");
            }
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            // A request replays as many messages as it can within seconds, so that --all may need several requests.
            bool hasMore;
            do
            {
                hasMore = false;
                var result = await client.AskAsync(
                    arguments,
                    HttpMethod.Post,
                    $"dead-letters/{arguments.GetRequiredValue(queue)}/replay",
                    arguments.GetValue(all) ? new { all = true } : new { sequenceNumbers = arguments.GetValue(numbers) },
                    answer =>
                    {
                        arguments.InvocationConfiguration.Output.WriteLine(OperatorClient.Readable(answer));
                        hasMore = arguments.GetValue(all) && HasAdvanced(JsonElement.Parse(answer));
                    },
                    cancellationToken);
                if (result != 0)
                {
                    return result;
                }
            }
            while (hasMore);

            return 0;
        });
        return command;
    }

    public static Command Recover()
    {
        var provider = new Argument<string>("provider") { Description = "The provider's name, such as sync." };
        var jobs = new Argument<string[]>("jobs") { Description = "The ids of the jobs.", Arity = ArgumentArity.OneOrMore };
        var client = new OperatorClient();
        var command = new Command("recover", "Asks a provider's API for jobs whose webhooks were lost, and enqueues its answers.") { provider, jobs };
        client.AddTo(command);
        command.SetAction((arguments, cancellationToken) => client.AskAsync(
            arguments,
            HttpMethod.Post,
            $"webhooks/{Uri.EscapeDataString(arguments.GetRequiredValue(provider))}/recover",
            new { jobIds = arguments.GetRequiredValue(jobs) },
            cancellationToken));
        return command;
    }

    // If a request has replayed nothing, another one would not either.
    private static bool HasAdvanced(JsonElement answer) =>
        answer.GetProperty("more").GetBoolean() && answer.GetProperty("replayed").GetInt32() + answer.GetProperty("done").GetInt32() > 0;

    private static Argument<string> Queue()
    {
        var queue = new Argument<string>("queue") { Description = $"One of {string.Join(", ", QueueNames.Consumed)}." };
        queue.AcceptOnlyFromAmong([.. QueueNames.Consumed]);
        return queue;
    }
}

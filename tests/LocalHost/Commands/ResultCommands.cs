using System.CommandLine;
using System.Text.Json;

namespace LocalHost.Commands;

/// <summary>Commands <c>jobs</c>, <c>job</c>, <c>files</c>, <c>events</c> and <c>health</c>, which show and download the results of any
/// deployment.</summary>
internal static class ResultCommands
{
    private const int LinkMinutes = 60;

    public static Command Jobs() => List(
        "jobs",
        "Lists jobs, newest first.",
        "jobs",
        [("--provider", "Only jobs of this provider."), ("--status", "Only jobs with this status, such as Succeeded."), ("--since", Time), ("--until", Time)],
        ResultTables.Jobs);

    public static Command Events() => List(
        "events",
        "Lists events, newest first.",
        "events",
        [("--state", "recent (the default), unfinished, failed, or a state such as Downloading."), ("--since", Time)],
        ResultTables.Events);

    public static Command Job()
    {
        var (provider, id) = (Provider(), Id());
        var json = OperatorClient.JsonOption();
        var client = new OperatorClient();
        var command = new Command("job", "Shows a job, its files and its events.") { provider, id, json };
        client.AddTo(command);
        command.SetAction((arguments, cancellationToken) => client.AskAsync(
            arguments,
            HttpMethod.Get,
            PathOf(arguments.GetRequiredValue(provider), arguments.GetRequiredValue(id)),
            body: null,
            answer => arguments.InvocationConfiguration.Output.WriteLine(arguments.GetValue(json) ? OperatorClient.Readable(answer) : ResultTables.Job(JsonElement.Parse(answer))),
            cancellationToken));
        return command;
    }

    public static Command Files()
    {
        var (provider, id) = (Provider(), Id());
        var to = new Option<string>("--to") { Description = "The folder to write to, created if it does not exist.", DefaultValueFactory = _ => "." };
        var client = new OperatorClient();
        var command = new Command("files", "Downloads the stored files of a job and compares their hashes.") { provider, id, to };
        client.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            JsonElement answer = default;
            var result = await client.AskAsync(
                arguments,
                HttpMethod.Get,
                $"{PathOf(arguments.GetRequiredValue(provider), arguments.GetRequiredValue(id))}&links={LinkMinutes}&download=true",
                body: null,
                text => answer = JsonElement.Parse(text),
                cancellationToken);
            return result != 0 ? result : await FileDownloads.RunAsync(
                answer.GetProperty("assets"), arguments.GetRequiredValue(to), arguments.InvocationConfiguration.Output, cancellationToken) ? 0 : 1;
        });
        return command;
    }

    public static Command Health()
    {
        var json = OperatorClient.JsonOption();
        var client = new OperatorClient();
        var command = new Command("health", "Shows which parts of storage, queues and providers are unavailable or misconfigured.") { json };
        client.AddTo(command);
        command.SetAction((arguments, cancellationToken) => client.AskAsync(
            arguments,
            HttpMethod.Get,
            "health/details",
            body: null,
            answer => arguments.InvocationConfiguration.Output.WriteLine(arguments.GetValue(json) ? OperatorClient.Readable(answer) : ResultTables.Health(JsonElement.Parse(answer))),
            cancellationToken));
        return command;
    }

    private const string Time = "A time in ISO 8601, such as 2026-09-01.";

    private static Command List(
        string name, string description, string path, (string Name, string Description)[] filters, Func<JsonElement, string> format)
    {
        var options = filters
            .Append(("--top", "The maximum number, 50 by default."))
            .Append(("--cursor", "The cursor that the previous page ended with."))
            .Select(filter => new Option<string>(filter.Item1) { Description = filter.Item2 })
            .ToList();
        var json = OperatorClient.JsonOption();
        var client = new OperatorClient();
        var command = new Command(name, description) { json };
        options.ForEach(command.Add);
        client.AddTo(command);
        command.SetAction((arguments, cancellationToken) =>
        {
            var query = options
                .Select(option => (Name: option.Name.TrimStart('-'), Value: arguments.GetValue(option)))
                .Where(option => option.Value is not null)
                .Select(option => $"{option.Name}={Uri.EscapeDataString(option.Value!)}");
            return client.AskAsync(
                arguments,
                HttpMethod.Get,
                $"{path}?{string.Join('&', query)}",
                body: null,
                answer => arguments.InvocationConfiguration.Output.WriteLine(arguments.GetValue(json) ? OperatorClient.Readable(answer) : format(JsonElement.Parse(answer))),
                cancellationToken);
        });
        return command;
    }

    private static Argument<string> Provider() => new("provider") { Description = "The provider's name, such as sync." };

    private static Argument<string> Id() => new("id") { Description = "The job's id." };

    private static string PathOf(string provider, string id) => $"jobs/{Uri.EscapeDataString(provider)}?id={Uri.EscapeDataString(id)}";
}

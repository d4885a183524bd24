using System.CommandLine;
using Benchmarks;
using Benchmarks.Downloads;
using Benchmarks.Load;
using Benchmarks.Servers;
using Benchmarks.Suites;
using Spectre.Console;

var shortOption = new Option<bool>("--short") { Description = "Fewer and shorter rounds: less than two minutes for each suite.", Recursive = true };
var smokeOption = new Option<bool>("--smoke") { Description = "Only shows that a suite works, in seconds. The figures mean nothing.", Recursive = true };
var root = new RootCommand("Measures the app and a reference in one run.") { shortOption, smokeOption };
foreach (var suite in SuiteCatalog.All)
{
    var command = new Command(suite.Name, suite.Description);
    command.SetAction(async (arguments, cancellationToken) =>
    {
        var effort = arguments.GetValue(smokeOption) ? Effort.Smoke : arguments.GetValue(shortOption) ? Effort.Brief : Effort.Thorough;
        var progress = new Progress<string>(text => AnsiConsole.MarkupLineInterpolated($"[grey]{text}[/]"));
        var report = await suite.RunAsync(effort, progress, cancellationToken);
        report.Print(AnsiConsole.Console);
        AnsiConsole.WriteLine(report.Write(RepositoryPaths.Results, TimeProvider.System.GetUtcNow()));
        return 0;
    });
    root.Add(command);
}

// Hidden verbs: the suites start this program with them as child processes.
var server = new Argument<string>("SERVER");
var serve = new Command("serve") { server };
serve.Hidden = true;
serve.SetAction((arguments, cancellationToken) => ServerKinds.RunAsync(arguments.GetRequiredValue(server), cancellationToken));
var load = new Command("load") { Hidden = true };
load.SetAction((_, cancellationToken) => LoadProcess.ServeAsync(cancellationToken));
var method = new Argument<FetchMethod>("METHOD");
var fetch = new Command("fetch") { method };
fetch.Hidden = true;
fetch.SetAction((arguments, cancellationToken) => FetchProcess.ServeAsync(arguments.GetRequiredValue(method), cancellationToken));
root.Add(serve);
root.Add(fetch);
root.Add(load);

return await root.Parse(args).InvokeAsync();

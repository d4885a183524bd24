using System.CommandLine;
using Benchmarks;
using Benchmarks.Downloads;
using Benchmarks.Load;
using Benchmarks.Servers;
using Benchmarks.Suites;
using Spectre.Console;

var shortOption = new Option<bool>("--short") { Description = "Fewer and shorter rounds: below two minutes.", Recursive = true };
var glimpseOption = new Option<bool>("--glimpse") { Description = "Seconds, to see that it works: as the test suite does.", Recursive = true };
var root = new RootCommand("Measures the app beside something to compare with, in one run.") { shortOption, glimpseOption };
foreach (var suite in SuiteCatalog.All)
{
    var command = new Command(suite.Name, suite.Description);
    command.SetAction(async (arguments, cancellationToken) =>
    {
        var effort = arguments.GetValue(glimpseOption) ? Effort.Glimpse : arguments.GetValue(shortOption) ? Effort.Brief : Effort.Thorough;
        var progress = new Progress<string>(text => AnsiConsole.MarkupLineInterpolated($"[grey]{text}[/]"));
        var report = await suite.RunAsync(effort, progress, cancellationToken);
        report.Print(AnsiConsole.Console);
        AnsiConsole.WriteLine(report.Write(RepositoryPaths.Results, TimeProvider.System.GetUtcNow()));
        return 0;
    });
    root.Add(command);
}

// The processes that the suites start.
var server = new Argument<string>("SERVER");
var serve = new Command("serve") { server };
serve.Hidden = true;
serve.SetAction((arguments, cancellationToken) => ServerKinds.RunAsync(arguments.GetRequiredValue(server), cancellationToken));
var load = new Command("load") { Hidden = true };
load.SetAction((_, cancellationToken) => LoadProcess.ServeAsync(cancellationToken));
var way = new Argument<FetchWay>("WAY");
var fetch = new Command("fetch") { way };
fetch.Hidden = true;
fetch.SetAction((arguments, cancellationToken) => FetchProcess.ServeAsync(arguments.GetRequiredValue(way), cancellationToken));
root.Add(serve);
root.Add(fetch);
root.Add(load);

return await root.Parse(args).InvokeAsync();

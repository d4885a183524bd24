using System.CommandLine;
using LocalHost.Commands;
using LocalHost.Hosting;

// The time for an orderly end after Ctrl+C or SIGTERM; the host itself stops waiting sooner.
var stopping = TimeSpan.FromSeconds(60);

var root = new RootCommand("The Function App on this machine: without Core Tools, Docker or Azure.")
{
    DemoCommand.Create(),
    RunCommand.Create(),
    SendCommand.Create(),
    GenerateCommand.Create(),
    ListenCommand.Create(),
    ResultCommands.Jobs(),
    ResultCommands.Job(),
    ResultCommands.Files(),
    ResultCommands.Events(),
    ResultCommands.Health(),
    OperatorCommands.DeadLetters(),
    OperatorCommands.Replay(),
    OperatorCommands.Recover(),
};
try
{
    return await root.Parse(args).InvokeAsync(
        new InvocationConfiguration { ProcessTerminationTimeout = stopping, EnableDefaultExceptionHandler = false });
}
catch (LocalHostException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 1;
}

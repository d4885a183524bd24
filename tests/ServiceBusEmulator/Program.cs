using System.CommandLine;
using ServiceBusEmulator;

var port = new Option<int>("--port")
{
    Description = "The port on this machine's loopback addresses; 0 takes a free one.",
    DefaultValueFactory = _ => Emulator.DefaultPort,
};
var data = new Option<DirectoryInfo?>("--data") { Description = "Where messages are kept over restarts; without it they are gone with the process." };
var command = new RootCommand("The app's Service Bus queues on this machine, over AMQP 1.0, for development.") { port, data };
command.SetAction((arguments, cancellationToken) =>
    Emulator.RunAsync(arguments.GetValue(port), arguments.GetValue(data)?.FullName, Console.Out, Console.Error, cancellationToken));
return await command.Parse(args).InvokeAsync();

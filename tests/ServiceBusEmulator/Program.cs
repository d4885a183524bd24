using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Management;
using LocalHost.ServiceBus;
using ServiceBusEmulator;

var port = new Option<int>("--port")
{
    Description = "The port for AMQP; 0 selects a free one.",
    DefaultValueFactory = _ => AmqpListenerOptions.DefaultPort,
};
var managementPort = new Option<int?>("--management-port")
{
    Description = "The port for management over HTTP; 0 selects a free one. The default is 5300 if AMQP has its default port 5672, otherwise a free one.",
};
var listen = new Option<IPAddress?>("--listen")
{
    Description = "The address to listen on instead of this machine's loopback addresses; * listens on all of them. Anyone who can reach it has full access.",
    CustomParser = result =>
    {
        if (result.Tokens is [{ Value: "*" }])
            return Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        if (result.Tokens is [var token] && IPAddress.TryParse(token.Value, out var address))
            return address;
        result.AddError("--listen takes an IP address, or *.");
        return null;
    },
};
var data = new Option<DirectoryInfo?>("--data") { Description = "The directory that stores the messages. Without it they are in memory, and lost when the process ends." };
var config = new Option<FileInfo?>("--config") { Description = "A Config.json of Microsoft's emulator, whose queues replace the app's." };
var command = new RootCommand("Emulates Service Bus queues on this machine over AMQP 1.0, for development.")
{
    port, managementPort, listen, data, config,
};
command.SetAction((arguments, cancellationToken) => Emulator.RunAsync(
    () => new EmulatorOptions
    {
        Port = arguments.GetValue(port),
        ManagementPort = arguments.GetValue(managementPort) ?? (arguments.GetValue(port) == AmqpListenerOptions.DefaultPort ? ManagementListenerOptions.DefaultPort : 0),
        Address = arguments.GetValue(listen),
        Directory = arguments.GetValue(data)?.FullName,
        Queues = arguments.GetValue(config) is { } file ? EmulatorConfiguration.Read(file.FullName) : QueueDefinitions.All,
    },
    Console.Out,
    Console.Error,
    cancellationToken));
return await command.Parse(args).InvokeAsync();

using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Management;
using LocalHost.ServiceBus;
using ServiceBusEmulator;

var port = new Option<int>("--port")
{
    Description = "The port for AMQP; 0 takes a free one.",
    DefaultValueFactory = _ => AmqpListenerOptions.DefaultPort,
};
var managementPort = new Option<int?>("--management-port")
{
    Description = "The port for management over HTTP; 0 takes a free one. The default is 5300 beside AMQP's 5672, and a free one beside any other port.",
};
var listen = new Option<IPAddress?>("--listen")
{
    Description = "The address to listen on instead of this machine's loopback addresses; * takes all of them. Anyone who reaches it may do everything.",
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
var data = new Option<DirectoryInfo?>("--data") { Description = "Where messages are kept over restarts; without it they are gone with the process." };
var config = new Option<FileInfo?>("--config") { Description = "Queues other than the app's, from a Config.json of Microsoft's emulator." };
var command = new RootCommand("Service Bus queues on this machine, the app's or others, over AMQP 1.0, for development.")
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

using BrokerConsole;

const string Usage = """
    measure [DIRECTORY] [BACKLOG]   how many sends, receives and completes a second, with BACKLOG messages (none unless given) there already
    measure-emulator                how long the emulator takes to start, its memory, and how many messages a second the .NET SDK gets through it
    work DIRECTORY CALLERS          sends and completes without end, and prints a line for each that is done: +ID for a send, -ID for a complete
    """;

switch (args)
{
    case ["measure"]:
        return await Measurement.RunAsync(directory: null, backlog: 0);
    case ["measure", var place, .. var backlog]:
        return await Measurement.RunAsync(place, backlog is [var messages] ? int.Parse(messages, null) : 0);
    case ["measure-emulator"]:
        return await EmulatorMeasurement.RunAsync();
    case ["work", var place, var callers]:
        return await EndlessWork.RunAsync(place, int.Parse(callers, null));
    default:
        await Console.Error.WriteLineAsync(Usage);
        return 2;
}

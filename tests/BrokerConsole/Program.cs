using BrokerConsole;

const string Usage = """
    measure [DIRECTORY] [BACKLOG]   measures sends, receives and completions a second, in a queue that holds BACKLOG messages (default 0)
    measure-emulator                measures the emulator's start time, memory, and messages a second with the .NET SDK
    work DIRECTORY CALLERS          sends and completes messages until it is killed, and prints each operation that succeeded: +ID for a send, -ID for a completion
    """;

switch (args)
{
    case ["measure"]:
        return await Measurement.RunAsync(directory: null, backlog: 0);
    case ["measure", var directory, .. var backlog]:
        return await Measurement.RunAsync(directory, backlog is [var messages] ? int.Parse(messages, null) : 0);
    case ["measure-emulator"]:
        return await EmulatorMeasurement.RunAsync();
    case ["work", var directory, var callers]:
        return await EndlessWork.RunAsync(directory, int.Parse(callers, null));
    default:
        await Console.Error.WriteLineAsync(Usage);
        return 2;
}

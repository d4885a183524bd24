using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;
using EmbeddedServiceBus;

namespace ServiceBusEmulator;

/// <summary>
/// Reader that reads the queues in a <c>Config.json</c> of Microsoft's emulator:
/// https://learn.microsoft.com/azure/service-bus-messaging/test-locally-with-service-bus-emulator.
/// </summary>
/// <remarks>
/// Absent properties have that emulator's defaults. Its upper limits do not apply. A feature that this emulator lacks is an error that names it,
/// so that no test passes only because the feature is ignored.
/// </remarks>
internal static class EmulatorConfiguration
{
    private static readonly JsonSerializerOptions Json = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        Converters = { new DurationConverter() },
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Reads the queues of a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is not such a configuration, or declares a feature that this emulator lacks.</exception>
    public static IReadOnlyList<QueueOptions> Read(string path)
    {
        try
        {
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), Json)
                ?? throw new InvalidDataException("The file is empty.");
            return content.UserConfig.Namespaces is [var only] ? Queues(only) : throw new InvalidDataException("UserConfig.Namespaces must hold one namespace.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"'{path}', line {exception.LineNumber + 1}: {exception.Path?.TrimStart('$', '.')} is not supported by this emulator, or has the wrong type.",
                exception);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"'{path}': {exception.Message}", exception);
        }
    }

    private static IReadOnlyList<QueueOptions> Queues(Namespace content)
    {
        if (content.Topics is [var topic, ..])
            throw new InvalidDataException($"The topic '{topic.Name}' is declared, but this emulator does not support topics.");
        if (content.Queues.GroupBy(queue => queue.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidDataException($"The queue '{twice.Key}' is declared twice.");
        return [.. content.Queues.Select(ToOptions)];
    }

    private static QueueOptions ToOptions(Queue queue)
    {
        var settings = queue.Properties;
        if (settings.RequiresSession)
            throw new InvalidDataException($"The queue '{queue.Name}' has RequiresSession, but this emulator does not support sessions.");
        if (settings.ForwardTo.Length > 0 || settings.ForwardDeadLetteredMessagesTo.Length > 0)
            throw new InvalidDataException($"The queue '{queue.Name}' has ForwardTo or ForwardDeadLetteredMessagesTo, but this emulator does not support forwarding.");
        var options = new QueueOptions
        {
            Name = queue.Name,
            LockDuration = settings.LockDuration,
            MaxDeliveryCount = settings.MaxDeliveryCount,
            DuplicateDetectionWindow = settings.RequiresDuplicateDetection ? settings.DuplicateDetectionHistoryTimeWindow : null,
            DefaultTimeToLive = settings.DefaultMessageTimeToLive,
            DeadLetterOnExpiry = settings.DeadLetteringOnMessageExpiration,
        };
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"The queue '{queue.Name}' has an invalid declaration: {exception.Message}", exception);
        }
    }

    private sealed record Content(UserConfig UserConfig);

    // The section Logging is accepted and ignored, because it makes no difference to clients.
    private sealed record UserConfig(IReadOnlyList<Namespace> Namespaces, JsonElement Logging = default);

    private sealed record Namespace(string Name)
    {
        public IReadOnlyList<Queue> Queues { get; init; } = [];

        public IReadOnlyList<Topic> Topics { get; init; } = [];
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
    private sealed record Topic(string Name);

    private sealed record Queue(string Name)
    {
        public QueueSettings Properties { get; init; } = new();
    }

    private sealed record QueueSettings
    {
        public bool DeadLetteringOnMessageExpiration { get; init; }

        public TimeSpan DefaultMessageTimeToLive { get; init; } = TimeSpan.FromHours(1);

        public TimeSpan DuplicateDetectionHistoryTimeWindow { get; init; } = TimeSpan.FromSeconds(20);

        public string ForwardDeadLetteredMessagesTo { get; init; } = "";

        public string ForwardTo { get; init; } = "";

        public TimeSpan LockDuration { get; init; } = TimeSpan.FromMinutes(1);

        public int MaxDeliveryCount { get; init; } = 3;

        public bool RequiresDuplicateDetection { get; init; }

        public bool RequiresSession { get; init; }
    }

    /// <summary>Converter of ISO 8601 durations, such as <c>PT1M</c>.</summary>
    private sealed class DurationConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return XmlConvert.ToTimeSpan(reader.GetString() ?? "");
            }
            catch (Exception exception) when (exception is FormatException or InvalidOperationException or OverflowException)
            {
                // The serializer adds the property and its line only to an exception without a message.
                throw new JsonException();
            }
        }

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(XmlConvert.ToString(value));
    }
}

using System.CommandLine;
using System.Net;
using System.Text;
using LocalHost.Hosting;
using LocalHost.Samples;

namespace LocalHost.Commands;

/// <summary><c>send</c>: one signed sample to any deployment.</summary>
internal static class SendCommand
{
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(100);

    public static Command Create()
    {
        var provider = new Argument<string>("provider") { Description = $"One of {Names(ProviderSamples.All.Select(each => each.Name))}." };
        var eventName = new Argument<string?>("event")
        {
            Description = "The kind of webhook. Without one the provider's first is sent, and all are listed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var url = new Option<string?>("--url")
        {
            Description = "The deployment, such as http://127.0.0.1:7071 or https://NAME.azurewebsites.net; with a path that holds webhooks/, the very address. "
                + "Without it nothing is sent, and the provider's kinds of webhooks are listed.",
        };
        var media = new Option<string>("--media")
        {
            Description = "The link to the media that the webhook names. The default leads nowhere: its asset ends as Failed.",
            DefaultValueFactory = _ => "https://cdn.geminigen.ai/samples",
        };
        var privateKey = new Option<FileInfo?>("--private-key")
        {
            Description = "The private key, in PEM, that signs as the provider does, for "
                + $"{Names(ProviderSamples.All.Where(each => each.PrivateKeySetting is not null).Select(each => each.Name))}; or their setting "
                + $"{Names(ProviderSamples.All.Select(each => each.PrivateKeySetting).OfType<string>())}. Without one the command says how to make it.",
        };
        var command = new Command(
            "send", "Sends one signed sample webhook to a deployment, with the key of the environment or functions/local.settings.json.")
        {
            provider, eventName, url, media, privateKey,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var samples = Provider(arguments.GetRequiredValue(provider));
            var sample = Sample(samples, arguments.GetValue(eventName));
            if (arguments.GetValue(url) is not { } target)
            {
                throw new LocalHostException($"Where to? Name the deployment with --url. {Kinds(samples)}");
            }

            if (arguments.GetValue(eventName) is null)
            {
                await Console.Out.WriteLineAsync(Kinds(samples));
            }

            var settings = await SettingsAsync(samples, arguments.GetValue(privateKey), cancellationToken);
            return await SendAsync(
                samples,
                sample,
                SampleTarget.Address(target, sample, samples.TokenSetting is { } setting ? settings.FirstOf(setting) : null),
                new MediaLink(arguments.GetRequiredValue(media), arguments.GetResult(media) is { Implicit: false }),
                settings,
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> SendAsync(
        ProviderSamples provider, Sample sample, Uri address, MediaLink media, Dictionary<string, string> settings, CancellationToken cancellationToken)
    {
        var signer = provider.SignerOf(settings);
        var now = TimeProvider.System.GetUtcNow();
        var webhook = sample.Write(new SampleScene(SampleScene.NewId(), now, media.To));
        var body = Encoding.UTF8.GetBytes(webhook.Body);
        await using var keys = await PublishedKeys.StartAsync(provider, signer, settings);
        using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = LongestAnswer };
        using var request = WebhookHttp.Request(address, body, signer.Sign(webhook.WebhookId, body, now));
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            // Without its query: that may hold a token.
            Console.Out.WriteLine($"POST {address.GetLeftPart(UriPartial.Path)}");
            Console.Out.WriteLine($"{provider.Name} {sample.Event}, webhook id {webhook.WebhookId}");
            Console.Out.WriteLine($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
            if (response.StatusCode == HttpStatusCode.OK)
            {
                return 0;
            }

            if (keys.Note is { } note)
            {
                Console.Out.WriteLine(note);
            }

            return 1;
        }
        catch (HttpRequestException unreachable)
        {
            throw new LocalHostException($"{address} can't be reached: {unreachable.Message}", unreachable);
        }
    }

    private static ProviderSamples Provider(string name) =>
        ProviderSamples.All.FirstOrDefault(provider => string.Equals(provider.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new LocalHostException(
            $"There is no provider '{name}'. There are: {Names(ProviderSamples.All.Select(provider => provider.Name))}.");

    private static Sample Sample(ProviderSamples provider, string? eventName) => eventName is null
        ? provider.Samples[0]
        : provider.Samples.FirstOrDefault(sample => string.Equals(sample.Event, eventName, StringComparison.OrdinalIgnoreCase))
            ?? throw new LocalHostException($"{provider.Name} has no sample '{eventName}'. {Kinds(provider)}");

    private static string Kinds(ProviderSamples provider) => $"{provider.Name} has: {Names(provider.Samples.Select(sample => sample.Event))}.";

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);

    private static async Task<Dictionary<string, string>> SettingsAsync(ProviderSamples provider, FileInfo? privateKey, CancellationToken cancellationToken)
    {
        var settings = LocalSettings.Read();
        if (privateKey is not null)
        {
            var setting = provider.PrivateKeySetting
                ?? throw new LocalHostException($"{provider.Name} signs with the secret that the app has too: there is no private key.");
            settings[setting] = await ReadAsync(privateKey, cancellationToken);
        }

        return settings;
    }

    private static async Task<string> ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(file.FullName, cancellationToken);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new LocalHostException($"The private key can't be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>Where the sample's links lead: to the one address that was named, or to files that are nowhere.</summary>
    private sealed record MediaLink(string Address, bool IsNamed)
    {
        public string To(string file) => IsNamed ? Address : $"{Address}/{file}";
    }
}

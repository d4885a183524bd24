using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text;
using LocalHost.Demo;
using LocalHost.Hosting;
using LocalHost.Samples;

namespace LocalHost.Commands;

/// <summary>Command <c>send</c> that sends one signed sample to any deployment and reports the result.</summary>
internal static class SendCommand
{
    private const string Deployment = "http://127.0.0.1:7071";
    private const string UnreachableMedia = "https://cdn.geminigen.ai/samples";

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(100);

    public static Command Create()
    {
        var provider = new Argument<string?>("provider")
        {
            Description = $"One of {Names(ProviderSamples.All.Select(each => each.Name))}. Without it the command lists them.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var eventName = new Argument<string?>("event")
        {
            Description = "The kind of webhook. Without it the command lists the provider's.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var url = new Option<string>("--url")
        {
            Description = "The deployment, such as https://NAME.azurewebsites.net; or, if its path contains webhooks/, the exact address.",
            DefaultValueFactory = _ => Deployment,
        };
        var media = new Option<string?>("--media")
        {
            Description = "The link to media in the webhook. Without it, this command serves sample files to a deployment on this machine while it waits. "
            + "For other deployments, and with --no-wait, the link leads to a file that does not exist.",
        };
        var privateKey = new Option<FileInfo?>("--private-key")
        {
            Description = "The private key, in PEM, that signs as the provider does, for "
                + $"{Names(ProviderSamples.All.Where(each => each.PrivateKeySetting is not null).Select(each => each.Name))}; or their setting "
                + $"{Names(ProviderSamples.All.Select(each => each.PrivateKeySetting).OfType<string>())}. Without one the command explains how to create it.",
        };
        var wait = new Option<bool?>("--wait")
        {
            Description = "Waits at most two minutes for the end of the event. The exit code is 0 only if its result is the expected one. "
            + $"This is the default for a deployment on this machine. The key of another one is read from {OperatorClient.KeySetting}.",
        };
        var noWait = new Option<bool>("--no-wait") { Description = "Does not wait for the end of the event." };
        var command = new Command(
            "send", "Sends one signed sample webhook to a deployment, with the key of the environment or functions/local.settings.json.")
        {
            provider, eventName, url, media, privateKey, wait, noWait,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var output = arguments.InvocationConfiguration.Output;
            if (arguments.GetValue(provider) is not { } name)
            {
                ListProviders(output);
                return 0;
            }

            var samples = Provider(name);
            if (arguments.GetValue(eventName) is not { } kind)
            {
                ListEvents(samples, output);
                return 0;
            }

            var sample = Sample(samples, kind);
            var settings = await SettingsAsync(samples, arguments.GetValue(privateKey), cancellationToken);
            var address = SampleTarget.Address(
                arguments.GetRequiredValue(url), sample, samples.TokenSetting is { } setting ? settings.FirstOf(setting) : null);
            var isFollowed = !arguments.GetValue(noWait) && (arguments.GetValue(wait) ?? address.IsLoopback);
            return await SendAsync(
                new Sending(samples, sample, address, arguments.GetValue(media), isFollowed, settings, output), cancellationToken);
        });
        return command;
    }

    private static async Task<int> SendAsync(Sending sending, CancellationToken cancellationToken)
    {
        var (provider, address, output) = (sending.Provider, sending.Address, sending.Output);
        var signer = Signer(sending);
        await using var server = sending.ServesMedia ? await MediaServer.StartAsync(cancellationToken) : null;
        var now = TimeProvider.System.GetUtcNow();
        var scene = server is null
            ? new SampleScene(SampleScene.NewId(), now, file => sending.Media ?? $"{UnreachableMedia}/{file}")
            : new SampleScene(SampleScene.NewId(), now, server.Add, documentLink: server.AddLines);
        var webhook = sending.Sample.Write(scene);
        var body = Encoding.UTF8.GetBytes(webhook.Body);
        await using var keys = await PublishedKeys.StartAsync(provider, signer, sending.Settings);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = !address.IsLoopback }) { Timeout = RequestTimeout };
        using var request = WebhookHttp.Request(address, body, signer.Sign(webhook.WebhookId, body, now));
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            // The query may contain a token, so it is not shown.
            output.WriteLine($"POST {address.GetLeftPart(UriPartial.Path)}");
            output.WriteLine($"{provider.Name} {sending.Sample.Event}, job {webhook.JobId ?? scene.JobId}, webhook id {webhook.WebhookId}");
            output.WriteLine($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
            if (response.StatusCode != HttpStatusCode.OK)
            {
                foreach (var hint in ((string?[])[RejectionHints.For(response.StatusCode, provider, address), keys.Note]).OfType<string>())
                {
                    output.WriteLine(hint);
                }

                return 1;
            }

            if (server is null && sending.Media is null && scene.Files.Count > 0)
            {
                output.WriteLine($"The webhook's link leads to a file that does not exist{(address.IsLoopback ? "" : ", because a deployment elsewhere can't fetch from this machine")}. Specify another link with --media.");
            }

            return sending.IsFollowed ? await FollowAsync(sending, http, webhook, scene, cancellationToken) : 0;
        }
        catch (HttpRequestException exception)
        {
            throw new LocalHostException($"{address.GetLeftPart(UriPartial.Path)} can't be reached: {exception.Message}", exception);
        }
        catch (TaskCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LocalHostException($"{address.GetLeftPart(UriPartial.Authority)} did not answer within {RequestTimeout.TotalSeconds:0} s.", exception);
        }
    }

    private static async Task<int> FollowAsync(
        Sending sending, HttpClient http, SampleWebhook webhook, SampleScene scene, CancellationToken cancellationToken)
    {
        var key = sending.Settings.GetValueOrDefault(OperatorClient.KeySetting);
        var watch = new EventWatch(http, SampleTarget.Api(sending.Address), string.IsNullOrEmpty(key) ? null : key, TimeProvider.System);
        var progress = new ProgressLine(sending.Output, ReferenceEquals(sending.Output, Console.Out) && !Console.IsOutputRedirected);
        WatchedEvent? ended;
        try
        {
            ended = await watch.EndAsync(
                sending.Provider.Space,
                webhook.WebhookId,
                sending.Provider.Provider,
                webhook.JobId ?? scene.JobId,
                (known, elapsed) => progress.Show(Describe(known), elapsed),
                cancellationToken);
        }
        finally
        {
            progress.Clear();
        }

        return SampleOutcome.Write(sending.Output, ended, webhook, scene.Files.Count, watch.Timeout) ? 0 : 1;
    }

    private static string Describe(WatchedEvent? known) => known is null ? "Waiting for the event"
        : known.Assets.Count == 0 ? $"Event {known.State}"
        : $"Event {known.State}: {known.Assets.Count(asset => asset.Blob is not null)} of {known.Assets.Count} files stored";

    private static SampleSigner Signer(Sending sending)
    {
        try
        {
            return sending.Provider.SignerOf(sending.Settings);
        }
        catch (LocalHostException exception) when (sending.Address.IsLoopback && sending.Provider.PrivateKeySetting is null
            && sending.Provider.VerifyingSettings.All(setting => sending.Settings.FirstOf(setting) is null))
        {
            var example = sending.Provider.NewKeys().Settings.Select(setting => $"{setting.Key}={setting.Value}");
            throw new LocalHostException(
                $"{exception.Message} To try it on this machine, choose any value, and set it in the environment or functions/local.settings.json before both 'run' and "
                + $"'send', such as {Names(example)}", exception);
        }
    }

    private static ProviderSamples Provider(string name) =>
        ProviderSamples.All.FirstOrDefault(provider => string.Equals(provider.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new LocalHostException(
            $"The provider '{name}' is unknown. Known providers: {Names(ProviderSamples.All.Select(provider => provider.Name))}.");

    private static Sample Sample(ProviderSamples provider, string eventName) =>
        provider.Samples.FirstOrDefault(sample => string.Equals(sample.Event, eventName, StringComparison.OrdinalIgnoreCase))
        ?? throw new LocalHostException(
            $"{provider.Name} has no sample '{eventName}'. Its samples: {Names(provider.Samples.Select(sample => sample.Event))}.");

    private static void ListProviders(TextWriter output)
    {
        output.WriteLine("send PROVIDER lists the events of one of these:");
        foreach (var provider in ProviderSamples.All)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {provider.Name,-16}{provider.Samples.Count,3} events"));
        }
    }

    private static void ListEvents(ProviderSamples provider, TextWriter output)
    {
        output.WriteLine($"send {provider.Name} EVENT sends one of these:");
        foreach (var sample in provider.Samples)
        {
            output.WriteLine($"  {sample.Event}");
        }
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);

    private static async Task<Dictionary<string, string>> SettingsAsync(ProviderSamples provider, FileInfo? privateKey, CancellationToken cancellationToken)
    {
        var settings = LocalSettings.Read();
        if (privateKey is not null)
        {
            var setting = provider.PrivateKeySetting
                ?? throw new LocalHostException($"{provider.Name} signs with a secret that it shares with the app, so it has no private key.");
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
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LocalHostException($"The private key can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>Request of the command.</summary>
    /// <param name="Provider">The provider of the sample.</param>
    /// <param name="Sample">The sample.</param>
    /// <param name="Address">The target address.</param>
    /// <param name="Media">The link to its media; null if none was given.</param>
    /// <param name="IsFollowed">Whether to wait for the event's end.</param>
    /// <param name="Settings">The settings of this process.</param>
    /// <param name="Output">The output.</param>
    private sealed record Sending(
        ProviderSamples Provider, Sample Sample, Uri Address, string? Media, bool IsFollowed, Dictionary<string, string> Settings, TextWriter Output)
    {
        public bool ServesMedia => IsFollowed && Media is null && Address.IsLoopback;
    }
}

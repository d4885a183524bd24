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
        var provider = new Argument<string>("provider") { Description = $"One of {string.Join(", ", ProviderSamples.All.Select(each => each.Name))}." };
        var eventName = new Argument<string?>("event")
        {
            Description = "The kind of webhook; the provider's first if none is named.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var url = new Option<string>("--url")
        {
            Description = "The deployment, such as http://127.0.0.1:7071 or https://NAME.azurewebsites.net; with a path that holds webhooks/, the very address.",
            Required = true,
        };
        var media = new Option<string>("--media")
        {
            Description = "The link to the media that the webhook names. The default leads nowhere: its asset ends as Failed.",
            DefaultValueFactory = _ => "https://cdn.geminigen.ai/samples",
        };
        var privateKey = new Option<FileInfo?>("--private-key") { Description = "The private key, in PEM, that signs as GeminiGen.AI does." };
        var command = new Command(
            "send", "Sends one signed sample webhook to a deployment, with the key of the environment or functions/local.settings.json.")
        {
            provider, eventName, url, media, privateKey,
        };
        command.SetAction((arguments, cancellationToken) => SendAsync(
            Provider(arguments.GetRequiredValue(provider)),
            arguments.GetValue(eventName),
            arguments.GetRequiredValue(url),
            new MediaLink(arguments.GetRequiredValue(media), arguments.GetResult(media) is { Implicit: false }),
            arguments.GetValue(privateKey),
            cancellationToken));
        return command;
    }

    private static async Task<int> SendAsync(
        ProviderSamples provider, string? eventName, string url, MediaLink media, FileInfo? privateKey, CancellationToken cancellationToken)
    {
        var sample = eventName is null ? provider.Samples[0] : Sample(provider, eventName);
        var settings = LocalSettings.Read();
        if (privateKey is not null)
        {
            settings[GeminiGenSamples.PrivateKeySetting] = await ReadAsync(privateKey, cancellationToken);
        }

        var signer = provider.SignerOf(settings);
        var now = TimeProvider.System.GetUtcNow();
        var webhook = sample.Write(new SampleScene(SampleScene.NewId(), now, media.To));
        var body = Encoding.UTF8.GetBytes(webhook.Body);
        var address = Address(url, sample);
        using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = LongestAnswer };
        using var request = WebhookHttp.Request(address, body, signer.Sign(webhook.WebhookId, body, now));
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            Console.Out.WriteLine($"POST {address}");
            Console.Out.WriteLine($"{provider.Name} {sample.Event}, webhook id {webhook.WebhookId}");
            Console.Out.WriteLine($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
            return response.StatusCode == HttpStatusCode.OK ? 0 : 1;
        }
        catch (HttpRequestException unreachable)
        {
            throw new LocalHostException($"{address} can't be reached: {unreachable.Message}", unreachable);
        }
    }

    private static ProviderSamples Provider(string name) =>
        ProviderSamples.All.FirstOrDefault(provider => string.Equals(provider.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new LocalHostException(
            $"There is no provider '{name}'. There are: {string.Join(", ", ProviderSamples.All.Select(provider => provider.Name))}.");

    private static Sample Sample(ProviderSamples provider, string eventName) =>
        provider.Samples.FirstOrDefault(sample => string.Equals(sample.Event, eventName, StringComparison.OrdinalIgnoreCase))
        ?? throw new LocalHostException(
            $"{provider.Name} has no sample '{eventName}'. There are: {string.Join(", ", provider.Samples.Select(sample => sample.Event))}.");

    private static Uri Address(string address, Sample sample)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new LocalHostException($"'{address}' is no http or https address.");
        }

        var path = url.AbsolutePath.TrimEnd('/');
        return path.Contains("/webhooks/", StringComparison.OrdinalIgnoreCase)
            ? url
            : new Uri($"{url.GetLeftPart(UriPartial.Authority)}{(path.Length == 0 ? $"/{HostJson.Read(RepositoryPaths.HostJson).RoutePrefix}" : path)}/{sample.Path}");
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

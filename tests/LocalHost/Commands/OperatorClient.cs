using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Encodings.Web;
using System.Text.Json;
using LocalHost.Hosting;

namespace LocalHost.Commands;

/// <summary>Where a deployment is, and the key that it asks for: what all of an operator's commands have in common.</summary>
internal sealed class OperatorClient
{
    /// <summary>The setting that holds the key: on the command line, others on the machine could read it.</summary>
    public const string KeySetting = "FUNCTIONS_KEY";

    /// <summary>The header that carries the key.</summary>
    public const string KeyHeader = "x-functions-key";

    // A replay answers within a minute; a front end of Azure gives up after 230 seconds.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(230);

    // For a person to read, and in no page of a browser: without escapes for what needs none.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Option<string> _url = new("--url")
    {
        Description = $"The deployment, such as https://NAME.azurewebsites.net. Its key is taken from {KeySetting}; the local host asks for none.",
        DefaultValueFactory = _ => "http://127.0.0.1:7071",
    };

    /// <summary>Adds <c>--url</c> to a command.</summary>
    public void AddTo(Command command) => command.Add(_url);

    /// <summary>Sends a request to an operator's function and writes the JSON that it is answered with; 0 where that is a success.</summary>
    /// <exception cref="LocalHostException">The deployment can't be reached, or what was named is no address.</exception>
    public async Task<int> AskAsync(ParseResult arguments, HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        var address = new Uri($"{Origin(arguments.GetRequiredValue(_url))}/{LocalHostApp.RoutePrefix}/{path}");
        using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = LongestAnswer };
        using var request = new HttpRequestMessage(method, address) { Content = body is null ? null : JsonContent.Create(body) };
        if (LocalSettings.Read().GetValueOrDefault(KeySetting) is { Length: > 0 } key)
        {
            request.Headers.TryAddWithoutValidation(KeyHeader, key);
        }

        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            var answer = await response.Content.ReadAsStringAsync(cancellationToken);
            Console.Out.WriteLine(Readable(answer));
            if (response.IsSuccessStatusCode)
            {
                return 0;
            }

            await Console.Error.WriteLineAsync($"{method} {address} was answered {(int)response.StatusCode}.");
            return 1;
        }
        catch (HttpRequestException unreachable)
        {
            throw new LocalHostException($"{address} can't be reached: {unreachable.Message}", unreachable);
        }
    }

    private static string Origin(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
        ? address.GetLeftPart(UriPartial.Authority)
        : throw new LocalHostException($"'{url}' is no http or https address.");

    private static string Readable(string answer)
    {
        try
        {
            return JsonSerializer.Serialize(JsonElement.Parse(answer), Indented);
        }
        catch (JsonException)
        {
            // The Functions host itself answers an unknown key with an empty body, a front end with a page.
            return answer;
        }
    }
}

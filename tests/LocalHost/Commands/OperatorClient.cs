using System.CommandLine;
using System.Net;
using System.Net.Http.Json;
using System.Text.Encodings.Web;
using System.Text.Json;
using LocalHost.Hosting;

namespace LocalHost.Commands;

/// <summary>Client of a deployment's operator routes, which all operator commands share.</summary>
internal sealed class OperatorClient
{
    /// <summary>The setting that holds the key. On the command line, other users of the machine could read it.</summary>
    public const string KeySetting = "FUNCTIONS_KEY";

    /// <summary>The header that carries the key.</summary>
    public const string KeyHeader = "x-functions-key";

    // The app answers within 10 seconds, and needs up to a minute to start if no instance is running.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(100);

    // The output is for a terminal and not for a browser, so characters are not escaped without need.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Option<string> _url = new("--url")
    {
        Description = $"The deployment, such as https://NAME.azurewebsites.net. Its key is read from {KeySetting}. The local host requires none.",
        DefaultValueFactory = _ => "http://127.0.0.1:7071",
    };

    /// <summary>Returns the option of every command that writes a table.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "Writes the whole answer as JSON instead of a table." };

    /// <summary>Adds <c>--url</c> to a command.</summary>
    public void AddTo(Command command) => command.Add(_url);

    /// <summary>Sends a request to an operator function and writes the JSON answer. Returns 0 for a success.</summary>
    /// <exception cref="LocalHostException">The deployment can't be reached, or its address is invalid.</exception>
    public Task<int> AskAsync(ParseResult arguments, HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        AskAsync(arguments, method, path, body, answer => arguments.InvocationConfiguration.Output.WriteLine(Readable(answer)), cancellationToken);

    /// <summary>
    /// Does the same as <see cref="AskAsync(ParseResult, HttpMethod, string, object, CancellationToken)"/>, with another format for a success.
    /// </summary>
    public async Task<int> AskAsync(
        ParseResult arguments, HttpMethod method, string path, object? body, Action<string> write, CancellationToken cancellationToken)
    {
        var address = new Uri($"{Origin(arguments.GetRequiredValue(_url))}/{LocalHostApp.RoutePrefix}/{path}");
        var (status, answer) = await SendAsync(method, address, body, cancellationToken);
        if ((int)status is >= 200 and < 300)
        {
            write(answer);
            return 0;
        }

        await arguments.InvocationConfiguration.Output.WriteLineAsync(Readable(answer));
        await arguments.InvocationConfiguration.Error.WriteLineAsync($"{method} {address} was answered {(int)status}.");
        return 1;
    }

    private static async Task<(HttpStatusCode Status, string Answer)> SendAsync(
        HttpMethod method, Uri address, object? body, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = RequestTimeout };
        using var request = new HttpRequestMessage(method, address) { Content = body is null ? null : JsonContent.Create(body) };
        if (LocalSettings.Read().GetValueOrDefault(KeySetting) is { Length: > 0 } key)
        {
            request.Headers.TryAddWithoutValidation(KeyHeader, key);
        }

        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (HttpRequestException exception)
        {
            throw new LocalHostException($"{address} can't be reached: {exception.Message}", exception);
        }
    }

    private static string Origin(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
        ? address.GetLeftPart(UriPartial.Authority)
        : throw new LocalHostException($"'{url}' is not an http or https address.");

    /// <summary>Returns an answer as indented JSON, or unchanged if it is not JSON.</summary>
    public static string Readable(string answer)
    {
        try
        {
            return JsonSerializer.Serialize(JsonElement.Parse(answer), Indented);
        }
        catch (JsonException)
        {
            // For an unknown key the Functions host sends an empty body, and a proxy may send an HTML page.
            return answer;
        }
    }
}

using Benchmarks.Load;
using Benchmarks.Processes;
using Benchmarks.Servers;

namespace Benchmarks.Suites.Receive;

/// <summary>The receivers, each in a process of its own on the same core, and the load on the other.</summary>
internal sealed class Contenders : IAsyncDisposable
{
    public const string Kestrel = "bare Kestrel";
    public const string Express = "Express";
    public const string Counting = "app, counting queue";
    public const string Durable = "app, durable queue";

    private readonly string _secret = ServerSettings.NewSecret();
    private readonly LoadProcess _load = new();
    private readonly List<Contender> _all = [];

    private Contenders()
    {
    }

    public IReadOnlyList<Contender> All => _all;

    public Contender this[string name] => _all.Single(contender => contender.Name == name);

    /// <summary>Starts them all. Only the one whose turn it is has anything to do.</summary>
    public static async Task<Contenders> StartAsync(CancellationToken cancellationToken)
    {
        var contenders = new Contenders();
        try
        {
            await contenders.AddAsync(Kestrel, ServerKinds.BareKestrel, cancellationToken);
            await contenders.AddAsync(Counting, ServerKinds.Counting, cancellationToken);
            await contenders.AddAsync(Durable, ServerKinds.Durable, cancellationToken);
            contenders._all.Add(new(Express, await ExpressServer.StartAsync(Core.Server, contenders._secret, cancellationToken), Counts: false));
            return contenders;
        }
        catch
        {
            await contenders.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives a contender its turn.</summary>
    /// <exception cref="InvalidOperationException">It did not accept every webhook, or did not keep every one that it accepted.</exception>
    public async Task<Turn> RunAsync(
        Contender contender, Shape shape, double seconds, double leadSeconds, CancellationToken cancellationToken, int? rate = null)
    {
        var turn = await contender.RunAsync(_load, _secret, shape, seconds, leadSeconds, rate, cancellationToken);
        return contender.Name is not (Counting or Durable) || turn.Kept == turn.Load.Sent
            ? turn
            : throw new InvalidOperationException($"{contender.Name} kept {turn.Kept} of {turn.Load.Sent} webhooks.");
    }

    public async ValueTask DisposeAsync()
    {
        await _load.DisposeAsync();
        foreach (var contender in _all)
        {
            await contender.Server.DisposeAsync();
        }
    }

    private async Task AddAsync(string name, string kind, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string> { [ServerSettings.Secret] = _secret };
        _all.Add(new(name, await ChildServer.StartSelfAsync(Core.Server, kind, environment, cancellationToken), Counts: true));
    }
}

using System.CommandLine;
using LocalHost.Generation;
using LocalHost.Hosting;

namespace LocalHost.Commands;

/// <summary>Command <c>generate</c> that writes the parts of the deployment and of the READMEs that list providers, from the providers' cards.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var command = new Command("generate", "Writes the settings, addresses and tables of the providers into the deployment and the READMEs.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            foreach (var file in await RunAsync(cancellationToken))
            {
                await arguments.InvocationConfiguration.Output.WriteLineAsync($"Wrote {file}");
            }

            return 0;
        });
        return command;
    }

    private static async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        var cards = ProviderCards.Read();
        List<string> written = [];
        foreach (var regions in ProviderRegions.All.GroupBy(region => region.File))
        {
            var path = Path.Combine([RepositoryPaths.Root, .. regions.Key.Split('/')]);
            var before = await File.ReadAllTextAsync(path, cancellationToken);
            var after = regions.Aggregate(before, (text, region) => region.Apply(text, cards));
            if (after != before.ReplaceLineEndings("\n"))
            {
                await File.WriteAllTextAsync(path, after, cancellationToken);
                written.Add(regions.Key);
            }
        }

        return written;
    }
}

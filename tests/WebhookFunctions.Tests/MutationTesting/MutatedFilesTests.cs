using System.Text.Json;
using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.MutationTesting;

/// <summary>Tests that the areas of mutation testing name existing files. A renamed file would otherwise no longer be tested, without any error.</summary>
public sealed class MutatedFilesTests
{
    [Theory]
    [InlineData("verification")]
    [InlineData("deduplication")]
    [InlineData("state")]
    [InlineData("addresses")]
    public void Every_file_that_an_area_names_exists(string area)
    {
        var path = Repository.File($"tests/WebhookFunctions.Tests/MutationTesting/{area}.json");
        var patterns = JsonElement.Parse(System.IO.File.ReadAllText(path)).GetProperty("stryker-config").GetProperty("mutate").EnumerateArray();

        Assert.All(patterns, pattern =>
        {
            var file = pattern.GetString()!["**/".Length..];
            Assert.NotEmpty(Directory.GetFiles(Repository.File(Path.GetDirectoryName(file)!), Path.GetFileName(file)));
        });
    }
}

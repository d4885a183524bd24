using WebhookFunctions.Tests.Benchmarks;
using WebhookFunctions.Tests.Dashboard;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Operations;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>
/// Orderer of test collections that starts the longest ones first. A collection runs one test at a time. If a long one began last, it would run alone
/// for minutes after all others have ended.
/// </summary>
internal sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
    [
        OperatorCollection.Name,
        SecondOperatorCollection.Name,
        typeof(CrashingMessageTests).FullName!,
        typeof(SuiteTests).FullName!,
        BrowserCollection.Name,
        typeof(UnavailablePartsTests).FullName!,
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(collection => Rank(collection))];

    // xUnit calls the collection of a class without an explicit one "Test collection for {class} (id: …)".
    private static int Rank(ITestCollection collection)
    {
        var words = collection.TestCollectionDisplayName.Split(' ');
        var index = Array.FindIndex(Longest, words.Contains);
        return index < 0 ? Longest.Length : index;
    }
}

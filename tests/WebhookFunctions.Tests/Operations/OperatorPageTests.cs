using System.Text.RegularExpressions;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests that functions/Operations/README.md explains every reason in metrics, logs and dead letters.</summary>
public sealed partial class OperatorPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.File("functions/Operations/README.md"));

    public static TheoryData<string> Reasons =>
    [
        .. Enum.GetValues<RejectionReason>().Where(reason => reason != RejectionReason.None).Select(reason => reason.ToString()),
        .. Enum.GetNames<DeadLetterReason>(),
    ];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Every_reason_of_a_dead_letter_or_a_rejection_is_explained(string reason) =>
        Assert.Contains($"`{reason}`", Page, StringComparison.Ordinal);

    [Fact]
    public void Every_reason_for_a_rejection_that_the_page_explains_exists() =>
        AssertExist<RejectionReason>(RowsBelow("what is seen").Where(row => row.Contains("`webhooks.rejected`", StringComparison.Ordinal)));

    [Fact]
    public void Every_reason_of_a_dead_letter_that_the_page_explains_exists() => AssertExist<DeadLetterReason>(RowsBelow("reason"));

    private static void AssertExist<TReason>(IEnumerable<string> firstCells)
        where TReason : struct, Enum
    {
        var named = firstCells.SelectMany(cell => Word().Matches(cell)).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(Enum.GetNames<TReason>()));
    }

    /// <summary>Returns the first cells of the table whose first column has the heading.</summary>
    private static IEnumerable<string> RowsBelow(string heading) => Page.Split('\n')
        .SkipWhile(line => !line.StartsWith($"| {heading} |", StringComparison.Ordinal))
        .Skip(2)
        .TakeWhile(line => line.StartsWith('|'))
        .Select(line => line.Split('|')[1]);

    // Names of instruments and settings do not match, because they contain a full stop or an underscore.
    [GeneratedRegex("`([A-Za-z]+)`")]
    private static partial Regex Word();
}

using System.Text.RegularExpressions;
using WebhookFunctions.Downloading;
using WebhookFunctions.Tests.Infra;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Whoever is on call finds on the page every word that the metrics, the log and the dead letters use.</summary>
public sealed partial class OperatorPageTests
{
    private readonly string _page = File.ReadAllText(Repository.File("functions/Operations/README.md"));

    public static TheoryData<string> Reasons =>
    [
        .. Enum.GetValues<RefusalReason>().Where(reason => reason != RefusalReason.None).Select(reason => reason.ToString()),
        .. Enum.GetValues<FailureReason>().Where(reason => reason.IsPermanent()).Select(reason => reason.ToString()),
        // What the receiver turns away for another reason than a signature.
        .. ReasonOfTheReceiver().Matches(File.ReadAllText(Repository.File("functions/Receiving/WebhookReceiver.cs"))).Select(match => match.Groups[1].Value).Distinct(),
    ];

    [GeneratedRegex(@"Reject\([^"";]+, ""(\w+)""")]
    private static partial Regex ReasonOfTheReceiver();

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Every_reason_for_which_something_is_given_up_or_turned_away_is_explained(string reason) =>
        Assert.Contains($"`{reason}`", _page, StringComparison.Ordinal);
}

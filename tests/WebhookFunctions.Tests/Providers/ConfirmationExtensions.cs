using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Properties that assert the kind of a confirmation or of an API's answer, and return its content.</summary>
internal static class ConfirmationExtensions
{
    extension(Confirmation confirmation)
    {
        public GenerationEvent Event => Assert.IsType<Confirmation.Believed>(confirmation).Event;

        public string Denial => Assert.IsType<Confirmation.Denied>(confirmation).Reason;
    }

    extension(ApiAnswer answer)
    {
        public JsonFields Fields => Assert.IsType<ApiAnswer.Found>(answer).Fields;

        public string Denial => Assert.IsType<ApiAnswer.Denied>(answer).Reason;

        /// <summary>Gets the time until the event's turn; null if the API was called.</summary>
        public TimeSpan? Turn => (answer as ApiAnswer.Postponed)?.Turn;
    }
}

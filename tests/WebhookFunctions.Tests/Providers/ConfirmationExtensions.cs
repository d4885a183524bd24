using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Tests.Providers;

/// <summary>What a test expects a confirmation or an API's answer to be. Another is a failure.</summary>
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

        /// <summary>Null if the API was asked.</summary>
        public TimeSpan? Turn => (answer as ApiAnswer.Postponed)?.Turn;
    }
}

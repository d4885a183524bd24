namespace WebhookFunctions.Operations;

/// <summary>Description of every route, in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html).</summary>
internal static class OpenApiDocument
{
    private const string Resource = "openapi.json";

    /// <summary>The answer that contains the document.</summary>
    public static OperatorAnswer Answer { get; } = OperatorAnswer.Raw(
        BinaryData.FromStream(typeof(OpenApiDocument).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The app was built without {Resource}.")));
}

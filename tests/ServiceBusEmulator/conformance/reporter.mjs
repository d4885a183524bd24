// Writes the result of each test on a line of JSON, for the .NET test that runs this suite.
export default async function* report(events) {
  for await (const { type, data } of events) {
    if ((type === "test:pass" || type === "test:fail") && data.details.type !== "suite") {
      const error = data.details.error?.cause ?? data.details.error;
      yield JSON.stringify({
        name: data.name,
        passed: type === "test:pass",
        skipped: data.skip !== undefined || data.todo !== undefined,
        milliseconds: Math.round(data.details.duration_ms),
        error: type === "test:fail" ? describe(error) : null,
      }) + "\n";
    }
  }
}

// After retries the SDK throws an AggregateError. The errors of the attempts say why.
function describe(error) {
  return [String(error?.stack ?? error), ...(error?.errors ?? []).map(describe)].join("\n");
}

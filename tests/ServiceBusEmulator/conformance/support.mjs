// Shared by the tests: the namespace under test, and queues that no other test uses.
import { randomUUID } from "node:crypto";
import { ServiceBusClient } from "@azure/service-bus";

export const connectionString = process.env.SERVICE_BUS_CONNECTION;
if (!connectionString) {
  throw new Error("SERVICE_BUS_CONNECTION is not set. `dotnet test tests/WebhookFunctions.Tests` starts a broker and sets it.");
}

// Upper bound of each wait, so that a test fails instead of hanging.
export const TIMEOUT_MS = 30_000;

// A test concludes that no message arrives when none has arrived after this time.
export const QUIET_MS = 300;

const settings = Object.fromEntries(
  connectionString.split(";").filter(Boolean).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
);

export const address = new URL(settings.Endpoint.replace("sb:", "http:"));
export const keyName = settings.SharedAccessKeyName;
export const key = settings.SharedAccessKey;

const used = new Map();

/**
 * Returns the name of a queue that no other test uses. ConformanceTests.cs declares the kinds: "plain" (lock of a minute, three deliveries),
 * "unique" (the same, with duplicate detection) and "brief" (lock of a second).
 */
export function freshQueue(kind = "plain") {
  const number = (used.get(kind) ?? 0) + 1;
  used.set(kind, number);
  return `${kind}-${number}`;
}

/** Creates a client, which is closed after the test. */
export function connect(t, connection = connectionString, retryOptions = { maxRetries: 3, retryDelayInMs: 200, timeoutInMs: TIMEOUT_MS }) {
  const client = new ServiceBusClient(connection, { retryOptions });
  t.after(() => client.close());
  return client;
}

/** Receives this number of messages. Throws if one does not arrive in time. */
export async function receive(receiver, count) {
  const messages = [];
  while (messages.length < count) {
    const batch = await receiver.receiveMessages(count - messages.length, { maxWaitTimeInMs: TIMEOUT_MS });
    if (batch.length === 0) {
      throw new Error(`${messages.length} of ${count} messages arrived in time.`);
    }
    messages.push(...batch);
  }
  return messages;
}

export const text = (message) => Buffer.from(message.body).toString();

/** Creates a message with these bytes. It has an id, because the SDK's lock renewal fails on a message without one. */
export const bytes = (content) => ({ body: Buffer.from(content), messageId: randomUUID() });

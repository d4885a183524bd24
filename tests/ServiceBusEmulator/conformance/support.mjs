// What the tests share: the namespace they are run against, and queues that no other test uses.
import { randomUUID } from "node:crypto";
import { ServiceBusClient } from "@azure/service-bus";

export const connectionString = process.env.SERVICE_BUS_CONNECTION;
if (!connectionString) {
  throw new Error("SERVICE_BUS_CONNECTION is not set. `dotnet test tests/WebhookFunctions.Tests` starts a broker and sets it.");
}

// Longer than anything takes that works: what does not come fails instead of hanging.
export const BOUND_MS = 30_000;

// What must not come has come by then, if it does.
export const NOTHING_MS = 300;

const settings = Object.fromEntries(
  connectionString.split(";").filter(Boolean).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
);

export const address = new URL(settings.Endpoint.replace("sb:", "http:"));
export const keyName = settings.SharedAccessKeyName;
export const key = settings.SharedAccessKey;

const taken = new Map();

/**
 * The name of a queue that is this test's own. The kinds are those that ConformanceTests.cs declares: "plain" (lock of a minute, three
 * deliveries), "unique" (the same, with duplicate detection) and "brief" (lock of a second).
 */
export function freshQueue(kind = "plain") {
  const number = (taken.get(kind) ?? 0) + 1;
  taken.set(kind, number);
  return `${kind}-${number}`;
}

/** A client that is closed with the test. */
export function connect(t, connection = connectionString, retryOptions = { maxRetries: 3, retryDelayInMs: 200, timeoutInMs: BOUND_MS }) {
  const client = new ServiceBusClient(connection, { retryOptions });
  t.after(() => client.close());
  return client;
}

/** All messages that come within the bound, until there are so many. */
export async function receive(receiver, count) {
  const messages = [];
  while (messages.length < count) {
    const batch = await receiver.receiveMessages(count - messages.length, { maxWaitTimeInMs: BOUND_MS });
    if (batch.length === 0) {
      throw new Error(`${messages.length} of ${count} messages came.`);
    }
    messages.push(...batch);
  }
  return messages;
}

export const text = (message) => Buffer.from(message.body).toString();

/** A message with these bytes. It has an id, since the SDK's lock renewal fails on a message without one. */
export const bytes = (content) => ({ body: Buffer.from(content), messageId: randomUUID() });

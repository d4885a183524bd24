import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, freshQueue, TIMEOUT_MS, bytes, text } from "./support.mjs";

const MESSAGES = 3_000;

test("three competing consumers get every message, and none twice", { timeout: 2 * TIMEOUT_MS }, async (t) => {
  const queue = freshQueue();
  const received = [];
  const shares = [];
  const errors = [];
  const { promise: done, resolve } = promiseWithResolver();
  for (let consumer = 0; consumer < 3; consumer++) {
    shares[consumer] = 0;
    const receiver = connect(t).createReceiver(queue, { skipParsingBodyAsJson: true });
    const subscription = receiver.subscribe(
      {
        processMessage: async (message) => {
          received.push(Number(text(message)));
          shares[consumer]++;
          if (received.length >= MESSAGES) {
            resolve();
          }
        },
        processError: async ({ error }) => void errors.push(error),
      },
      { maxConcurrentCalls: 20 },
    );
    t.after(() => subscription.close());
  }

  const sender = connect(t).createSender(queue);
  for (let first = 0; first < MESSAGES; first += 100) {
    await sender.sendMessages(Array.from({ length: 100 }, (_, i) => bytes(`${first + i}`)));
  }
  await done;

  assert.deepEqual(errors, []);
  assert.deepEqual(received.sort((a, b) => a - b), Array.from({ length: MESSAGES }, (_, i) => i));
  assert.ok(shares.every((share) => share > 0), `shares: ${shares}`);
});

test("a message whose handler fails is redelivered", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const deliveries = [];
  const { promise: done, resolve } = promiseWithResolver();
  const subscription = client.createReceiver(queue).subscribe({
    processMessage: async (message) => {
      deliveries.push(message.deliveryCount);
      if (deliveries.length < 3) {
        throw new Error("not yet");
      }
      resolve();
    },
    processError: async () => {},
  });
  t.after(() => subscription.close());

  await client.createSender(queue).sendMessages(bytes("a"));
  await done;

  assert.deepEqual(deliveries, [0, 1, 2]);
});

function promiseWithResolver() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}

import assert from "node:assert/strict";
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { connect, freshQueue, TIMEOUT_MS, receive, text, bytes } from "./support.mjs";

const RETRY_MS = 200;
const POLL_MS = 20;
const raw = { skipParsingBodyAsJson: true };

test("messages that a killed consumer had locked are redelivered when their locks expire", async (t) => {
  const client = connect(t);
  const queue = freshQueue("brief");
  const contents = ["a", "b", "c", "d", "e"];
  await client.createSender(queue).sendMessages(contents.map(bytes));
  const consumer = fork(new URL("./consumer.mjs", import.meta.url), [queue, `${contents.length}`]);
  t.after(() => consumer.kill("SIGKILL"));
  const [held] = await once(consumer, "message", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  assert.deepEqual(held, contents);

  consumer.kill("SIGKILL");

  const receiver = client.createReceiver(queue, raw);
  const again = [];
  while (again.length < contents.length) {
    const [message] = await receive(receiver, 1);
    assert.equal(message.deliveryCount, 1);
    again.push(text(message));
    await receiver.completeMessage(message);
  }
  assert.deepEqual(again.sort(), contents);
});

test("an emulator that is killed and restarted has lost no accepted message", { timeout: 4 * TIMEOUT_MS }, async (t) => {
  const data = await mkdtemp(join(tmpdir(), "service-bus-emulator-"));
  t.after(() => rm(data, { recursive: true, force: true, maxRetries: 20 }));
  const first = await startEmulator(t, data, 0);
  // The client retries calls that the kill interrupts.
  const client = connect(t, first.connection, { maxRetries: 10, retryDelayInMs: RETRY_MS, timeoutInMs: 3_000 });
  const sender = client.createSender("webhook-events");
  const accepted = [];
  let stop = false;
  // Sends that the kill interrupts are repeated. Duplicate detection drops the second of two equal messages.
  const senders = Array.from({ length: 8 }, async (_, number) => {
    for (let i = 0; !stop; i++) {
      const messageId = `${number}-${i}`;
      await sendUntilAccepted(sender, { ...bytes(messageId), messageId });
      accepted.push(messageId);
    }
  });
  const [held] = await receive(client.createReceiver("webhook-events", raw), 1);
  while (accepted.length < 500) {
    await setTimeout(POLL_MS);
  }

  first.process.kill("SIGKILL");
  await once(first.process, "exit");
  const second = await startEmulator(t, data, first.port);
  const before = accepted.length;
  while (accepted.length < before + 100) {
    await setTimeout(POLL_MS);
  }
  stop = true;
  await Promise.all(senders);

  const receiver = connect(t, second.connection).createReceiver("webhook-events", { ...raw, receiveMode: "receiveAndDelete" });
  const received = (await receive(receiver, accepted.length)).map((message) => message.messageId);
  assert.deepEqual(received.sort(), accepted.sort());
  assert.ok(received.includes(held.messageId), "the message that was locked can be received again");
});

test("a second emulator does not share the port or the data of the first", async (t) => {
  const data = await mkdtemp(join(tmpdir(), "service-bus-emulator-"));
  t.after(() => rm(data, { recursive: true, force: true, maxRetries: 20 }));
  const first = await startEmulator(t, data, 0);

  assert.match(await failedStart(t, ["--port", `${first.port}`]), new RegExp(`${first.port}`));
  assert.match(await failedStart(t, ["--port", "0", "--data", data]), /in use/);
});

// The SDK retries after a timeout, but not after a refused connection. Connections are refused while the emulator restarts.
async function sendUntilAccepted(sender, message) {
  for (;;) {
    try {
      return await sender.sendMessages(message);
    } catch (error) {
      const last = error.errors?.at(-1) ?? error;
      if (!/ECONNREFUSED/.test(last.message)) {
        throw error;
      }
      await setTimeout(RETRY_MS);
    }
  }
}

function spawnEmulator(t, options) {
  const emulator = spawn("dotnet", [process.env.SERVICE_BUS_EMULATOR, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(async () => {
    if (emulator.exitCode === null && emulator.signalCode === null) {
      emulator.kill("SIGKILL");
      await once(emulator, "exit");
    }
  });
  return emulator;
}

async function startEmulator(t, data, port) {
  const emulator = spawnEmulator(t, ["--port", `${port}`, "--data", data]);
  emulator.stderr.pipe(process.stderr);
  for await (const line of createInterface({ input: emulator.stdout, signal: AbortSignal.timeout(TIMEOUT_MS) })) {
    const connection = /^Ready: (.*)$/.exec(line)?.[1];
    if (connection) {
      return { process: emulator, connection, port: Number(/localhost:(\d+)/.exec(connection)[1]) };
    }
  }
  throw new Error("The emulator ended before it was ready.");
}

async function failedStart(t, options) {
  const emulator = spawnEmulator(t, options);
  let errors = "";
  emulator.stderr.on("data", (data) => (errors += data));
  const [code] = await once(emulator, "close", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  assert.equal(code, 1);
  return errors;
}

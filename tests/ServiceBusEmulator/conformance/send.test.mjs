import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, connectionString, freshQueue, QUIET_MS, receive, text, bytes } from "./support.mjs";

const raw = { skipParsingBodyAsJson: true };

test("a message is received as it was sent", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const body = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256));
  const sent = {
    body,
    messageId: "geminigen:ä/../%2F\u0001",
    contentType: "application/json; charset=utf-8",
    correlationId: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    subject: "subject",
    to: "to",
    replyTo: "reply",
    replyToSessionId: "reply session",
    sessionId: "session",
    partitionKey: "session",
    timeToLive: 300_000,
    applicationProperties: {
      provider: "sync",
      number: 3,
      large: 2 ** 40,
      fraction: 1.5,
      yes: true,
      no: false,
      nothing: null,
      "Diagnostic-Id": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      at: new Date(1_700_000_000_123),
    },
  };

  await client.createSender(queue).sendMessages(sent);

  const [received] = await receive(client.createReceiver(queue, raw), 1);
  assert.deepEqual(Buffer.from(received.body), body);
  for (const name of ["messageId", "contentType", "correlationId", "subject", "to", "replyTo", "replyToSessionId", "sessionId", "partitionKey", "timeToLive"]) {
    assert.equal(received[name], sent[name], name);
  }
  assert.deepEqual(received.applicationProperties, { ...sent.applicationProperties, at: sent.applicationProperties.at.getTime() });
  assert.equal(received.deliveryCount, 0);
  assert.equal(received.state, "active");
  assert.equal(received.sequenceNumber.toString(), "1");
  assert.ok(Math.abs(received.enqueuedTimeUtc - Date.now()) < 60_000);
  assert.equal(received.expiresAtUtc - received.enqueuedTimeUtc, 300_000);
  assert.ok(received.lockedUntilUtc > new Date());
});

test("bodies that are texts or objects are received as they were sent", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const bodies = ["text", "", { a: [1, 2, { b: null }] }, 42, null];

  await client.createSender(queue).sendMessages(bodies.map((body, i) => ({ body, messageId: `${i}` })));

  assert.deepEqual((await receive(client.createReceiver(queue), bodies.length)).map((message) => message.body), bodies);
});

test("a message with an empty body and no properties is received as such", async (t) => {
  const client = connect(t);
  const queue = freshQueue();

  await client.createSender(queue).sendMessages({ body: Buffer.alloc(0) });

  const [received] = await receive(client.createReceiver(queue, { ...raw, maxAutoLockRenewalDurationInMs: 0 }), 1);
  assert.equal(received.body.length, 0);
  assert.equal(received.messageId, undefined);
  assert.equal(received.contentType, undefined);
  assert.equal(received.applicationProperties, undefined);
});

test("a message whose body is an AMQP value is rejected, and not stored", async (t) => {
  const client = connect(t);
  const queue = freshQueue();

  await assert.rejects(client.createSender(queue).sendMessages({ body: "text", bodyType: "value" }), /data sections/);

  assert.deepEqual(await client.createReceiver(queue).peekMessages(1), []);
});

test("an array of messages arrives in order", async (t) => {
  const client = connect(t);
  const queue = freshQueue();

  await client.createSender(queue).sendMessages(["a", "b", "c"].map(bytes));

  assert.deepEqual((await receive(client.createReceiver(queue, raw), 3)).map(text), ["a", "b", "c"]);
});

test("messages that are sent without waiting for each other arrive in order", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const sender = client.createSender(queue);
  await sender.sendMessages(bytes("-1"));
  const numbers = Array.from({ length: 200 }, (_, i) => `${i}`);

  await Promise.all(numbers.map((number) => sender.sendMessages(bytes(number))));

  assert.deepEqual((await receive(client.createReceiver(queue, raw), 201)).map(text), ["-1", ...numbers]);
});

test("a batch of the maximum size is accepted as a whole", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const sender = client.createSender(queue);
  const batch = await sender.createMessageBatch();
  assert.equal(batch.maxSizeInBytes, 262_144);
  const message = (i) => ({ ...bytes("x".repeat(500)), messageId: `${i}`, contentType: "application/json", applicationProperties: { number: i, provider: "sync" } });
  let count = 0;
  while (batch.tryAddMessage(message(count))) {
    count++;
  }

  await sender.sendMessages(batch);

  const ids = (await receive(client.createReceiver(queue, raw), count)).map((received) => received.messageId);
  assert.deepEqual(ids, Array.from({ length: count }, (_, i) => `${i}`));
});

test("a message that is too large is rejected", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const sender = client.createSender(queue);

  await assert.rejects(sender.sendMessages(bytes("x".repeat(262_144))), { code: "MessageSizeExceeded" });

  await sender.sendMessages(bytes("x".repeat(250_000)));
  assert.equal((await receive(client.createReceiver(queue, raw), 1))[0].body.length, 250_000);
});

test("a duplicate is accepted and dropped", async (t) => {
  const client = connect(t);
  const queue = freshQueue("unique");
  const sender = client.createSender(queue);

  await sender.sendMessages({ ...bytes("first"), messageId: "id" });
  await sender.sendMessages({ ...bytes("second"), messageId: "id" });
  await sender.sendMessages([{ ...bytes("third"), messageId: "other" }, { ...bytes("fourth"), messageId: "other" }]);
  await sender.scheduleMessages({ ...bytes("fifth"), messageId: "id" }, new Date(Date.now() + 1000));

  assert.deepEqual((await client.createReceiver(queue, raw).peekMessages(10)).map(text), ["first", "third"]);
});

test("a duplicate of a completed message is dropped too", async (t) => {
  const client = connect(t);
  const queue = freshQueue("unique");
  const sender = client.createSender(queue);
  const receiver = client.createReceiver(queue, raw);
  await sender.sendMessages({ ...bytes("first"), messageId: "id" });
  await receiver.completeMessage((await receive(receiver, 1))[0]);

  await sender.sendMessages({ ...bytes("second"), messageId: "id" });

  assert.deepEqual(await receiver.receiveMessages(1, { maxWaitTimeInMs: QUIET_MS }), []);
});

test("every operation on an unknown queue reports that it does not exist", async (t) => {
  const client = connect(t);
  const notFound = { code: "MessagingEntityNotFound" };

  await assert.rejects(client.createSender("nowhere").sendMessages(bytes("a")), notFound);
  await assert.rejects(client.createReceiver("nowhere").receiveMessages(1), notFound);
  await assert.rejects(client.createReceiver("nowhere", { subQueueType: "deadLetter" }).receiveMessages(1), notFound);
  await assert.rejects(client.createReceiver("nowhere").peekMessages(1), notFound);
});

test("a dead-letter queue accepts no messages from a sender", async (t) => {
  await assert.rejects(connect(t).createSender(`${freshQueue()}/$DeadLetterQueue`).sendMessages(bytes("a")), /dead-letter/);
});

for (const [what, connection] of [
  ["key", connectionString.replace(/SharedAccessKey=[^;]*/, "SharedAccessKey=wrong")],
  ["key's name", connectionString.replace(/SharedAccessKeyName=[^;]*/, "SharedAccessKeyName=Nobody")],
]) {
  test(`a wrong ${what} is rejected`, async (t) => {
    const queue = freshQueue();

    // The SDK retries, and reports the error of each attempt.
    await assert.rejects(connect(t, connection).createSender(queue).sendMessages(bytes("a")), ({ errors }) =>
      errors.every(({ code }) => code === "UnauthorizedAccess"),
    );

    assert.deepEqual(await connect(t).createReceiver(queue).peekMessages(1), []);
  });
}

test("accepting a session fails, because sessions are not supported", async (t) => {
  await assert.rejects(connect(t).acceptSession(freshQueue(), "session"));
});

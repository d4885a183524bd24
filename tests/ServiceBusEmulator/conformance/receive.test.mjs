import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, freshQueue, QUIET_MS, receive, text, bytes } from "./support.mjs";

const raw = { skipParsingBodyAsJson: true };
const lockLost = { code: "MessageLockLost" };

async function given(t, { kind, messages = ["a"], ...options } = {}) {
  const client = connect(t);
  const queue = freshQueue(kind);
  // A brief lock is meant to expire, so the SDK must not renew it.
  const renewal = kind === "brief" ? { maxAutoLockRenewalDurationInMs: 0 } : {};
  const receiver = client.createReceiver(queue, { ...raw, ...renewal, ...options });
  await client.createSender(queue).sendMessages(messages.map(bytes));
  return { client, queue, receiver, deadLetters: client.createReceiver(queue, { ...raw, subQueueType: "deadLetter" }) };
}

const assertNoMessage = async (receiver) => assert.deepEqual(await receiver.receiveMessages(1, { maxWaitTimeInMs: QUIET_MS }), []);

test("no more messages are received than requested", async (t) => {
  const { receiver } = await given(t, { messages: ["a", "b", "c"] });

  assert.deepEqual((await receive(receiver, 2)).map(text), ["a", "b"]);
  assert.deepEqual((await receiver.receiveMessages(10, { maxWaitTimeInMs: QUIET_MS })).map(text), ["c"]);
});

test("receiving from an empty queue returns nothing when the wait is over", async (t) => {
  const { receiver } = await given(t, { messages: [] });
  const started = Date.now();

  await assertNoMessage(receiver);

  // If the broker did not answer the drain, the SDK would wait longer and close the link.
  assert.ok(Date.now() - started < 5_000);
  await assertNoMessage(receiver);
});

test("a receiver can receive again after a drain", async (t) => {
  const { client, queue, receiver } = await given(t, { messages: [] });
  const sender = client.createSender(queue);
  for (const content of ["a", "b", "c"]) {
    await assertNoMessage(receiver);
    await sender.sendMessages(bytes(content));
    const [message] = await receive(receiver, 1);
    assert.equal(text(message), content);
    await receiver.completeMessage(message);
  }
});

test("a locked message is not delivered to another receiver", async (t) => {
  const { client, queue, receiver } = await given(t);
  await receive(receiver, 1);

  await assertNoMessage(client.createReceiver(queue, raw));
});

test("a completed message is removed and cannot be settled again", async (t) => {
  const { receiver } = await given(t);
  const [message] = await receive(receiver, 1);

  await receiver.completeMessage(message);

  assert.deepEqual(await receiver.peekMessages(10, { fromSequenceNumber: message.sequenceNumber }), []);
  await assert.rejects(receiver.completeMessage(message));
});

test("receiving in mode receiveAndDelete removes the message", async (t) => {
  const { receiver } = await given(t, { receiveMode: "receiveAndDelete" });

  const [message] = await receive(receiver, 1);

  assert.equal(text(message), "a");
  assert.deepEqual(await receiver.peekMessages(10, { fromSequenceNumber: message.sequenceNumber }), []);
});

test("an abandoned message is redelivered at once, counted and with changed properties", async (t) => {
  const { receiver } = await given(t);
  const [first] = await receive(receiver, 1);

  await receiver.abandonMessage(first, { why: "busy" });

  const [again] = await receive(receiver, 1);
  assert.equal(again.deliveryCount, 1);
  assert.equal(again.sequenceNumber.toString(), first.sequenceNumber.toString());
  assert.equal(again.applicationProperties.why, "busy");
  assert.notEqual(again.lockToken, first.lockToken);
});

test("a message that is abandoned at its last delivery is dead-lettered", async (t) => {
  const { receiver, deadLetters } = await given(t);
  for (let delivery = 0; delivery < 3; delivery++) {
    const [message] = await receive(receiver, 1);
    assert.equal(message.deliveryCount, delivery);
    await receiver.abandonMessage(message);
  }

  const [dead] = await receive(deadLetters, 1);

  await assertNoMessage(receiver);
  assert.equal(dead.deadLetterReason, "MaxDeliveryCountExceeded");
  assert.equal(dead.deadLetterErrorDescription, "Message could not be consumed after 3 delivery attempts.");
});

test("a message is dead-lettered with reason, description and properties", async (t) => {
  const { queue, receiver, deadLetters } = await given(t);
  const [message] = await receive(receiver, 1);

  await receiver.deadLetterMessage(message, { deadLetterReason: "AddressBlocked", deadLetterErrorDescription: "The host is private.", attempts: 3 });

  await assertNoMessage(receiver);
  const [dead] = await receive(deadLetters, 1);
  assert.equal(text(dead), "a");
  assert.equal(dead.deadLetterReason, "AddressBlocked");
  assert.equal(dead.deadLetterErrorDescription, "The host is private.");
  assert.equal(dead.applicationProperties.attempts, 3);
  assert.equal(dead.deadLetterSource, queue);
  await deadLetters.renewMessageLock(dead);
  await deadLetters.completeMessage(dead);
  assert.deepEqual(await deadLetters.peekMessages(10, { fromSequenceNumber: dead.sequenceNumber }), []);
});

test("a dead letter can be abandoned any number of times", async (t) => {
  const { receiver, deadLetters } = await given(t);
  await receiver.deadLetterMessage((await receive(receiver, 1))[0]);

  for (let delivery = 0; delivery < 5; delivery++) {
    await deadLetters.abandonMessage((await receive(deadLetters, 1))[0]);
  }

  assert.equal((await receive(deadLetters, 1)).length, 1);
});

test("a deferred message can be received only by its sequence number, and then settled", async (t) => {
  const { receiver } = await given(t, { messages: ["a", "b"] });
  const [message] = await receive(receiver, 1);

  await receiver.deferMessage(message, { waits: true });

  assert.deepEqual((await receive(receiver, 1)).map(text), ["b"]);
  const [peeked] = await receiver.peekMessages(1, { fromSequenceNumber: message.sequenceNumber });
  assert.equal(peeked.state, "deferred");
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
  assert.equal(text(deferred), "a");
  assert.equal(deferred.applicationProperties.waits, true);
  await receiver.completeMessage(deferred);
  await assert.rejects(receiver.receiveDeferredMessages(message.sequenceNumber), { code: "MessageNotFound" });
});

for (const [name, settle] of [
  ["abandoned", (receiver, message) => receiver.abandonMessage(message, { settled: true })],
  ["deferred", (receiver, message) => receiver.deferMessage(message, { settled: true })],
]) {
  test(`a deferred message that is ${name} stays deferred`, async (t) => {
    const { receiver } = await given(t);
    const [message] = await receive(receiver, 1);
    await receiver.deferMessage(message);
    const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);

    await settle(receiver, deferred);

    await assertNoMessage(receiver);
    const [again] = await receiver.receiveDeferredMessages(message.sequenceNumber);
    assert.equal(again.applicationProperties.settled, true);
  });
}

test("a deferred message can be dead-lettered", async (t) => {
  const { receiver, deadLetters } = await given(t);
  const [message] = await receive(receiver, 1);
  await receiver.deferMessage(message);
  const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);

  await receiver.deadLetterMessage(deferred, { deadLetterReason: "Reason", deadLetterErrorDescription: "Description", more: "x" });

  const [dead] = await receive(deadLetters, 1);
  assert.equal(dead.deadLetterReason, "Reason");
  assert.equal(dead.deadLetterErrorDescription, "Description");
  assert.equal(dead.applicationProperties.more, "x");
});

test("a deferred message can be received in mode receiveAndDelete", async (t) => {
  const { client, queue, receiver } = await given(t);
  const [message] = await receive(receiver, 1);
  await receiver.deferMessage(message);

  const deleting = client.createReceiver(queue, { ...raw, receiveMode: "receiveAndDelete" });
  const [deferred] = await deleting.receiveDeferredMessages(message.sequenceNumber);

  assert.equal(text(deferred), "a");
  assert.deepEqual(await receiver.peekMessages(1, { fromSequenceNumber: message.sequenceNumber }), []);
});

test("a peek shows every message and changes none", async (t) => {
  const { receiver } = await given(t, { messages: ["a", "b", "c"] });
  const [first] = await receive(receiver, 1);

  const peeked = await receiver.peekMessages(10);
  const rest = await receiver.peekMessages(10, { fromSequenceNumber: first.sequenceNumber.add(1) });

  assert.deepEqual(peeked.map(text), ["a", "b", "c"]);
  assert.deepEqual(rest.map(text), ["b", "c"]);
  assert.equal(peeked[0].lockToken, undefined);
  await receiver.completeMessage(first);
  assert.equal((await receive(receiver, 1))[0].deliveryCount, 0);
});

test("a peek continues where the last one ended, over more messages than one response can hold", async (t) => {
  const count = 600;
  const { receiver } = await given(t, { messages: Array.from({ length: count }, (_, i) => `${i}`) });
  const peeked = [];

  for (let batch; (batch = await receiver.peekMessages(1000)).length > 0;) {
    peeked.push(...batch);
  }

  assert.deepEqual(peeked.map(text), Array.from({ length: count }, (_, i) => `${i}`));
});

test("renewing a lock extends it", async (t) => {
  const { receiver } = await given(t);
  const [message] = await receive(receiver, 1);

  const until = await receiver.renewMessageLock(message);

  assert.ok(until >= message.lockedUntilUtc);
  assert.ok(until - Date.now() > 50_000);
  await receiver.completeMessage(message);
});

test("a message whose lock has expired is redelivered, and its first receiver can no longer settle it", async (t) => {
  const { receiver } = await given(t, { kind: "brief" });
  const [first] = await receive(receiver, 1);

  const [again] = await receive(receiver, 1);

  assert.equal(again.deliveryCount, 1);
  assert.ok(Date.now() >= first.lockedUntilUtc.getTime());
  await assert.rejects(receiver.completeMessage(first), lockLost);
  await assert.rejects(receiver.renewMessageLock(first), lockLost);
});

test("a delivery whose lock expires is counted", async (t) => {
  const { receiver, deadLetters } = await given(t, { kind: "brief" });
  for (let delivery = 0; delivery < 3; delivery++) {
    assert.equal((await receive(receiver, 1))[0].deliveryCount, delivery);
  }

  assert.equal((await receive(deadLetters, 1))[0].deadLetterReason, "MaxDeliveryCountExceeded");
});

for (const [name, settle] of [
  ["completed", (receiver, message) => receiver.completeMessage(message)],
  ["abandoned", (receiver, message) => receiver.abandonMessage(message)],
  ["dead-lettered", (receiver, message) => receiver.deadLetterMessage(message)],
  ["deferred", (receiver, message) => receiver.deferMessage(message)],
]) {
  test(`a message whose lock is lost cannot be ${name}`, async (t) => {
    const { receiver } = await given(t, { kind: "brief" });
    const [first] = await receive(receiver, 1);
    await receive(receiver, 1);

    await assert.rejects(settle(receiver, first), lockLost);
  });
}

test("a lock outlives the link on which its message was received", async (t) => {
  const { client, queue, receiver } = await given(t);
  const [message] = await receive(receiver, 1);

  await receiver.close();

  await assertNoMessage(client.createReceiver(queue, raw));
  await client.createReceiver(queue, raw).completeMessage(message).catch(() => receiver.completeMessage(message));
});

test("the name of a queue is not case-sensitive", async (t) => {
  const { client, queue } = await given(t);

  assert.equal(text((await receive(client.createReceiver(queue.toUpperCase(), raw), 1))[0]), "a");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, freshQueue, QUIET_MS, receive, text, bytes } from "./support.mjs";

const raw = { skipParsingBodyAsJson: true };
const soon = () => new Date(Date.now() + 2500);
const inAnHour = () => new Date(Date.now() + 3_600_000);

// Connecting may take longer than the time until the message is due. It would then be sent, and not scheduled.
const warmUp = async (sender) => sender.cancelScheduledMessages(await sender.scheduleMessages(bytes("warm-up"), inAnHour()));

test("a scheduled message is received at its time and not before", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const receiver = client.createReceiver(queue, raw);
  const sender = client.createSender(queue);
  await warmUp(sender);
  const at = soon();

  const [number] = await sender.scheduleMessages(bytes("later"), at);

  const [received] = await receive(receiver, 1);
  assert.ok(Date.now() >= at.getTime());
  assert.equal(text(received), "later");
  assert.ok(received.enqueuedTimeUtc >= at);
  assert.equal(received.scheduledEnqueueTimeUtc.valueOf(), at.getTime());
  assert.equal(`${received.enqueuedSequenceNumber}`, number.toString());
  assert.notEqual(received.sequenceNumber.toString(), number.toString());
});

test("a peek shows a scheduled message as such, with the sequence number that scheduling returned", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const receiver = client.createReceiver(queue, raw);

  const [number] = await client.createSender(queue).scheduleMessages(bytes("later"), inAnHour());

  assert.deepEqual(await receiver.receiveMessages(1, { maxWaitTimeInMs: QUIET_MS }), []);
  const [peeked] = await receiver.peekMessages(1);
  assert.equal(peeked.state, "scheduled");
  assert.equal(peeked.sequenceNumber.toString(), number.toString());
});

test("a message can also be scheduled by its property scheduledEnqueueTimeUtc", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const receiver = client.createReceiver(queue, raw);
  const sender = client.createSender(queue);
  await warmUp(sender);
  const at = soon();

  await sender.sendMessages({ ...bytes("later"), scheduledEnqueueTimeUtc: at });

  const [received] = await receive(receiver, 1);
  assert.ok(Date.now() >= at.getTime());
  assert.equal(text(received), "later");
});

test("a cancelled message is not delivered, and the other scheduled messages are", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const sender = client.createSender(queue);
  const numbers = await sender.scheduleMessages(["a", "c"].map(bytes), inAnHour());
  await sender.scheduleMessages(bytes("b"), soon());

  await sender.cancelScheduledMessages(numbers);

  assert.deepEqual((await receive(client.createReceiver(queue, raw), 1)).map(text), ["b"]);
  assert.deepEqual(await client.createReceiver(queue, raw).peekMessages(10, { fromSequenceNumber: numbers[0] }).then((rest) => rest.map(text)), ["b"]);
});

test("cancelling a message that is no longer scheduled fails", async (t) => {
  const client = connect(t);
  const queue = freshQueue();
  const sender = client.createSender(queue);
  const [number] = await sender.scheduleMessages(bytes("a"), new Date(Date.now() + 60_000));
  await sender.cancelScheduledMessages(number);

  await assert.rejects(sender.cancelScheduledMessages(number), { code: "MessageNotFound" });
});

test("a message that is scheduled for the past is delivered at once", async (t) => {
  const client = connect(t);
  const queue = freshQueue();

  await client.createSender(queue).scheduleMessages(bytes("a"), new Date(Date.now() - 60_000));

  assert.equal(text((await receive(client.createReceiver(queue, raw), 1))[0]), "a");
});

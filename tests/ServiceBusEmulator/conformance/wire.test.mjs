// Tests of the protocol where the SDK cannot cause the case. They use the AMQP library on which the SDK is built.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import rhea from "rhea";
import { address, TIMEOUT_MS, connect as connectSdk, freshQueue, key, keyName, receive } from "./support.mjs";

/** Returns a promise of the context of the next event that has one of these names. */
function event(emitter, ...names) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => reject(new Error(`There was no event ${names.join(" or ")} in time.`))), TIMEOUT_MS);
    const listeners = names.map((name) => (context) => settle(() => resolve({ ...context, name })));
    names.forEach((name, i) => emitter.on(name, listeners[i]));
    function settle(end) {
      clearTimeout(timer);
      names.forEach((name, i) => emitter.removeListener(name, listeners[i]));
      end();
    }
  });
}

const plain = { username: keyName, password: key };

function connect(t, options) {
  const connection = rhea.create_container().connect({ host: address.hostname, port: Number(address.port), reconnect: false, ...options });
  t.after(() => connection.close());
  return connection;
}

async function open(t, options = plain) {
  const connection = connect(t, options);
  // An error event without a listener would end the process.
  for (const name of ["connection_error", "disconnected", "sender_error", "receiver_error"]) {
    connection.on(name, () => {});
  }
  await event(connection, "connection_open");
  return connection;
}

async function openSender(connection, target) {
  const sender = connection.open_sender({ target });
  await event(sender, "sendable");
  return sender;
}

async function send(sender, message) {
  sender.send(message);
  return (await event(sender, "accepted", "rejected")).name;
}

/** Sends a message and returns the condition with which it is rejected. */
async function rejection(sender, message) {
  sender.send(message);
  return (await event(sender, "rejected")).delivery.remote_state.error.condition;
}

const openReceiver = (connection, source) =>
  connection.open_receiver({ source, credit_window: 0, autoaccept: false, autosettle: true, snd_settle_mode: 0, rcv_settle_mode: 1 });

/** Waits for this number of deliveries, and returns them. */
async function deliveries(receiver, count) {
  const received = [];
  const all = new Promise((resolve) => {
    receiver.on("message", (context) => {
      // The library may change the context afterwards.
      received.push({ delivery: context.delivery, message: context.message });
      if (received.length >= count) {
        resolve();
      }
    });
  });
  await Promise.race([all, event(receiver, "receiver_error")]);
  return received.slice(0, count);
}

const data = (content) => ({ body: rhea.message.data_section(Buffer.from(content)) });

test("a connection that authenticates by PLAIN with the key needs no token", async (t) => {
  const sender = await openSender(await open(t), freshQueue());

  assert.equal(await send(sender, data("a")), "accepted");
});

for (const [what, credentials] of [
  ["key", { username: keyName, password: "wrong" }],
  ["name", { username: "Nobody", password: key }],
]) {
  test(`PLAIN with a wrong ${what} is rejected`, async (t) => {
    const { error } = await event(connect(t, credentials), "connection_error");

    assert.match(error.description ?? error.message, /authenticate/i);
  });
}

test("without a token no link can be attached", async (t) => {
  const connection = await open(t, { username: "anonymous" });
  const queue = freshQueue();

  for (const attach of [
    () => connection.open_sender({ target: queue }),
    () => openReceiver(connection, queue),
    () => connection.open_sender({ target: `${queue}/$management` }),
  ]) {
    const link = attach();
    await event(link, "sender_error", "receiver_error");
    assert.equal(link.error.condition, "amqp:unauthorized-access");
  }
});

test("each of sixty connections opens within five seconds", async (t) => {
  for (let i = 0; i < 60; i++) {
    const started = Date.now();
    const connection = await open(t);
    assert.ok(Date.now() - started < 5_000, `connection ${i}`);
    connection.close();
  }
});

test("a flow that repeats the credit does not use it up", async (t) => {
  const connection = await open(t);
  const queue = freshQueue();
  const receiver = openReceiver(connection, queue);
  await event(receiver, "receiver_open");
  receiver.add_credit(5);
  const sender = await openSender(connection, queue);
  for (let i = 0; i < 3; i++) {
    // Sends the same flow again, as pyamqp does.
    receiver.issue_flow = true;
    receiver.connection._register();
    await new Promise(setImmediate);
  }

  const received = deliveries(receiver, 5);
  for (let i = 0; i < 5; i++) {
    await send(sender, data(`${i}`));
  }

  assert.equal((await received).length, 5);
});

test("the broker sends no more messages than the receiver has credit for", async (t) => {
  const connection = await open(t);
  const queue = freshQueue();
  const sender = await openSender(connection, queue);
  for (let i = 0; i < 5; i++) {
    await send(sender, data(`${i}`));
  }
  const receiver = openReceiver(connection, queue);
  let received = 0;
  receiver.on("message", () => received++);

  await event(receiver, "receiver_open");
  receiver.add_credit(2);
  await deliveries(receiver, 2);
  receiver.drain_credit();
  await event(receiver, "receiver_drained");

  assert.equal(received, 2);
});

test("a drain of an empty queue ends at once and leaves no credit", async (t) => {
  const connection = await open(t);
  const queue = freshQueue();
  const receiver = openReceiver(connection, queue);
  await event(receiver, "receiver_open");
  for (let i = 0; i < 3; i++) {
    receiver.add_credit(10);
    receiver.drain_credit();
    await event(receiver, "receiver_drained");
    assert.equal(receiver.credit, 0);
    receiver.drain = false;
  }

  receiver.add_credit(1);
  const received = deliveries(receiver, 1);
  await send(await openSender(connection, queue), data("a"));
  assert.equal((await received).length, 1);
});

test("the delivery tag is the lock token, by which a message can be settled through $management", async (t) => {
  const connection = await open(t);
  const queue = freshQueue();
  await send(await openSender(connection, queue), data("a"));
  const receiver = openReceiver(connection, queue);
  receiver.add_credit(1);
  const [{ delivery }] = await deliveries(receiver, 1);
  assert.equal(delivery.tag.length, 16);
  // Converts .NET's byte order of a GUID to AMQP's.
  const token = Buffer.concat([delivery.tag.subarray(0, 4).reverse(), delivery.tag.subarray(4, 6).reverse(), delivery.tag.subarray(6, 8).reverse(), delivery.tag.subarray(8)]);
  const lockTokens = rhea.types.wrap_array([token], 0x98, undefined);
  const manage = await management(t, connection, queue);

  const completed = await manage("com.microsoft:update-disposition", { "disposition-status": "completed", "lock-tokens": lockTokens });
  const again = await manage("com.microsoft:renew-lock", { "lock-tokens": lockTokens });

  assert.equal(completed.application_properties.statusCode, 200);
  assert.equal(again.application_properties.statusCode, 410);
  assert.equal(again.application_properties.errorCondition, "com.microsoft:message-lock-lost");
});

// Service Bus counts a delivery with the outcome modified, and not one with the outcome released. The queue allows three deliveries.
for (const [name, outcome, counts] of [
  ["released is redelivered without being counted, however often", rhea.message.released(), [0, 0, 0, 0, 0]],
  ["modified is redelivered and counted", rhea.message.modified({ delivery_failed: true }), [0, 1, 2]],
]) {
  test(`a message that is ${name}, and the broker confirms the outcome`, async (t) => {
    const connection = await open(t);
    const queue = freshQueue();
    await send(await openSender(connection, queue), data("a"));
    const receiver = openReceiver(connection, queue);

    for (const count of counts) {
      const next = deliveries(receiver, 1);
      receiver.add_credit(1);
      const [{ delivery, message }] = await next;
      assert.equal(message.delivery_count, count);
      const settled = event(receiver, "settled");
      delivery.update(false, outcome.described());
      await settled;
      assert.equal(delivery.remote_state.constructor.composite_type, outcome.constructor.composite_type);
    }
  });
}

test("a disposition that is already settled completes the message", async (t) => {
  const connection = await open(t);
  const queue = freshQueue();
  await send(await openSender(connection, queue), data("a"));
  const receiver = openReceiver(connection, queue);
  receiver.add_credit(1);
  const [{ delivery }] = await deliveries(receiver, 1);

  delivery.update(true, rhea.message.accepted().described());

  // The broker does not reply to such a disposition. So the test polls until the message has left the queue, or until its time limit.
  const sdk = connectSdk(t);
  for (let left; left === undefined || left.length > 0; ) {
    left = await sdk.createReceiver(queue).peekMessages(1);
  }
});

test("a message that is rejected with an error is dead-lettered with the error as its reason", async (t) => {
  const connection = await open(t);
  const queue = freshQueue();
  await send(await openSender(connection, queue), data("a"));
  const receiver = openReceiver(connection, queue);
  receiver.add_credit(1);
  const [{ delivery }] = await deliveries(receiver, 1);

  const settled = event(receiver, "settled");
  delivery.update(false, rhea.message.rejected({ error: { condition: "my:error", description: "why" } }).described());
  await settled;

  const [dead] = await receive(connectSdk(t).createReceiver(queue, { subQueueType: "deadLetter", maxAutoLockRenewalDurationInMs: 0 }), 1);
  assert.equal(dead.deadLetterReason, "my:error");
  assert.equal(dead.deadLetterErrorDescription, "why");
});

test("a message that the broker cannot store unchanged is rejected", async (t) => {
  const sender = await openSender(await open(t), freshQueue());

  for (const [message, condition] of [
    [{ body: "a value" }, "amqp:not-implemented"],
    [{ body: rhea.message.sequence_section([1, 2]) }, "amqp:not-implemented"],
    // The .NET SDK treats this condition as permanent, and others as transient.
    [{ ...data("a"), application_properties: { list: [1, 2] } }, "com.microsoft:argument-error"],
  ]) {
    assert.equal(await rejection(sender, message), condition);
  }

  assert.equal(await send(sender, data("a")), "accepted");
});

test("an address may be a URI or begin with a slash", async (t) => {
  const connection = await open(t);
  const queue = freshQueue();

  for (const name of [`/${queue}`, `sb://localhost/${queue}`, `amqp://localhost:5672/${queue}/`]) {
    assert.equal(await send(await openSender(connection, name), data(name)), "accepted");
  }

  const receiver = openReceiver(connection, queue);
  receiver.add_credit(3);
  assert.equal((await deliveries(receiver, 3)).length, 3);
});

test("an unknown or malformed operation of $management gets an error status", async (t) => {
  const connection = await open(t);
  const manage = await management(t, connection, freshQueue());

  for (const [operation, body, status] of [
    ["com.microsoft:get-message-sessions", {}, 501],
    ["com.microsoft:renew-lock", {}, 400],
    ["com.microsoft:peek-message", { "from-sequence-number": "one" }, 400],
    ["com.microsoft:schedule-message", { messages: [] }, 400],
    ["com.microsoft:cancel-scheduled-message", { "sequence-numbers": rhea.types.wrap_array([7], 0x81, undefined) }, 404],
  ]) {
    assert.equal((await manage(operation, body)).application_properties.statusCode, status, operation);
  }
});

test("an empty message id is never a duplicate", async (t) => {
  const connection = await open(t);
  const queue = freshQueue("unique");
  const sender = await openSender(connection, queue);

  for (const content of ["a", "b"]) {
    assert.equal(await send(sender, { ...data(content), message_id: "" }), "accepted");
  }

  const receiver = openReceiver(connection, queue);
  receiver.add_credit(2);
  assert.equal((await deliveries(receiver, 2)).length, 2);
});

test("an empty lock token settles nothing", async (t) => {
  const connection = await open(t);
  const queue = freshQueue();
  await send(await openSender(connection, queue), data("a"));
  const manage = await management(t, connection, queue);
  const lockTokens = rhea.types.wrap_array([Buffer.alloc(16)], 0x98, undefined);

  for (const status of ["completed", "abandoned"]) {
    const { application_properties: answer } = await manage("com.microsoft:update-disposition", { "disposition-status": status, "lock-tokens": lockTokens });
    assert.equal(answer.statusCode, 410, status);
    assert.equal(answer.errorCondition, "com.microsoft:message-lock-lost");
  }

  const receiver = openReceiver(connection, queue);
  receiver.add_credit(1);
  assert.equal((await deliveries(receiver, 1))[0].message.delivery_count, 0);
});

test("$management is not a queue: it accepts no messages and delivers none", async (t) => {
  const connection = await open(t);
  const node = `${freshQueue()}/$management`;

  const sender = await openSender(connection, node);
  // The .NET SDK treats a link without a maximum message size as one that accepts nothing, and would report that instead.
  assert.ok(sender.remote.attach.max_message_size > 0);
  assert.equal(await rejection(sender, data("a")), "amqp:not-found");
  const receiver = openReceiver(connection, node);
  await event(receiver, "receiver_error");
  assert.equal(receiver.error.condition, "amqp:not-found");
});

/** Returns a function that sends a request to the queue's $management and resolves with the response. */
async function management(t, connection, queue) {
  const replyTo = randomUUID();
  const receiver = connection.open_receiver({ source: `${queue}/$management`, target: { address: replyTo } });
  const sender = await openSender(connection, `${queue}/$management`);
  return async (operation, body) => {
    const response = event(receiver, "message");
    sender.send({ message_id: randomUUID(), reply_to: replyTo, application_properties: { operation }, body });
    return (await response).message;
  };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceBusAdministrationClient } from "@azure/service-bus";
import { connect, connectionString, freshQueue, bytes } from "./support.mjs";

test("the messages of a queue are counted", async (t) => {
  const queue = freshQueue();
  const sender = connect(t).createSender(queue);
  await sender.sendMessages(["a", "b"].map(bytes));
  await sender.scheduleMessages(bytes("c"), new Date(Date.now() + 3_600_000));

  const counts = await administration().getQueueRuntimeProperties(queue);

  assert.equal(counts.name, queue);
  assert.deepEqual([counts.activeMessageCount, counts.scheduledMessageCount, counts.deadLetterMessageCount], [2, 1, 0]);
  assert.equal(counts.totalMessageCount, 3);
});

test("the description of a queue has its declared properties", async () => {
  const client = administration();

  const [plain, unique] = [await client.getQueue(freshQueue()), await client.getQueue(freshQueue("unique"))];

  assert.deepEqual([plain.lockDuration, plain.maxDeliveryCount, plain.requiresDuplicateDetection], ["PT1M", 3, false]);
  assert.deepEqual([unique.requiresDuplicateDetection, unique.duplicateDetectionHistoryTimeWindow], [true, "PT10M"]);
});

test("all queues are listed, through more than one page", async () => {
  const names = new Set();

  for await (const { name } of administration().listQueues()) {
    names.add(name);
  }

  // ConformanceTests.cs declares forty of each of three kinds.
  assert.equal(names.size, 120);
  assert.ok(names.has("plain-1") && names.has("unique-40"));
});

test("an unknown queue does not exist, and no queue can be created", async () => {
  const client = administration();

  assert.equal(await client.queueExists("nowhere"), false);
  await assert.rejects(client.createQueue("new"), /only read/);
});

// The SDK sends management requests by https to port 443. They must be redirected to the emulator's port, as for Microsoft's emulator.
function administration() {
  const client = new ServiceBusAdministrationClient(connectionString);
  client.pipeline.addPolicy(
    {
      name: "emulator",
      sendRequest(request, next) {
        const url = new URL(request.url);
        url.protocol = "http:";
        url.host = process.env.SERVICE_BUS_MANAGEMENT;
        Object.assign(request, { url: url.href, allowInsecureConnection: true });
        return next(request);
      },
    },
    { phase: "Retry" },
  );
  return client;
}

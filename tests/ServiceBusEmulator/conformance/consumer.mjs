// A consumer that a test kills: receives this number of messages, sends their texts to its parent process, and keeps their locks.
import { ServiceBusClient } from "@azure/service-bus";
import { connectionString, receive, text } from "./support.mjs";

const [queue, count] = process.argv.slice(2);
const receiver = new ServiceBusClient(connectionString).createReceiver(queue, { skipParsingBodyAsJson: true, maxAutoLockRenewalDurationInMs: 0 });
process.send((await receive(receiver, Number(count))).map(text));

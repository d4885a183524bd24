// A consumer to be killed: receives so many messages, tells its parent which, and holds them.
import { ServiceBusClient } from "@azure/service-bus";
import { connectionString, receive, text } from "./support.mjs";

const [queue, count] = process.argv.slice(2);
const receiver = new ServiceBusClient(connectionString).createReceiver(queue, { skipParsingBodyAsJson: true, maxAutoLockRenewalDurationInMs: 0 });
process.send((await receive(receiver, Number(count))).map(text));

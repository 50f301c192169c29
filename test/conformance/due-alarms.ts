/**
 * Due alarms: when a case has moved the clock, the alarms that are due go off as the platform would let
 * them. Whose they are, a queue's or a message group's, is not a case's concern.
 */
import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";

export async function runDueAlarms(): Promise<void> {
  for (const object of await objects()) {
    const dueAtMs = await runInDurableObject(object, (_, { storage }) => storage.getAlarm());
    if (dueAtMs !== null && dueAtMs <= Date.now()) await runDurableObjectAlarm(object);
  }
}

async function objects(): Promise<DurableObjectStub[]> {
  const groups = await listDurableObjectIds(env.MESSAGE_GROUP);
  const queues = await listDurableObjectIds(env.QUEUE);
  return [
    ...groups.map((id) => env.MESSAGE_GROUP.get(id)),
    ...queues.map((id) => env.QUEUE.get(id)),
  ];
}

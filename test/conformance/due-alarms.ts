/**
 * Due alarms: when a case has moved the clock, the alarms that are due go off as the platform would let
 * them. Whose they are, a queue's or a message group's, is not a case's concern; only those of objects
 * that earlier cases left behind are let be, of which there are thousands.
 */
import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach } from "vitest";

/** Undefined where nobody looked: to let thousands of objects start takes seconds. */
let leftBehind: ReadonlySet<string> | undefined;

/** Call it at the top of a test file that lets alarms go off. */
export function controlAlarms(): void {
  beforeEach(async () => {
    leftBehind = new Set((await objectIds()).map(({ id }) => String(id)));
  });
  afterEach(() => {
    leftBehind = undefined;
  });
}

export async function runDueAlarms(): Promise<void> {
  if (leftBehind === undefined) throw new Error("a file that runs alarms calls controlAlarms()");
  for (const { namespace, id } of await objectIds()) {
    if (leftBehind.has(String(id))) continue;
    const object = namespace.get(id);
    const dueAtMs = await runInDurableObject(object, (_, { storage }) => storage.getAlarm());
    if (dueAtMs !== null && dueAtMs <= Date.now()) await runDurableObjectAlarm(object);
  }
}

/** Groups come before queues. */
async function objectIds() {
  const groups = await listDurableObjectIds(env.MESSAGE_GROUP);
  const queues = await listDurableObjectIds(env.QUEUE);
  return [
    ...groups.map((id) => ({ namespace: env.MESSAGE_GROUP, id })),
    ...queues.map((id) => ({ namespace: env.QUEUE, id })),
  ];
}

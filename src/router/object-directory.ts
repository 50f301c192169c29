/**
 * ObjectDirectory: finds the Durable Object of a queue or an account. Ids are hashes of names, so
 * they are kept for as long as the isolate lives; stubs belong to one request and are made anew.
 */
import { accountObjectName, queueObjectName } from "../domain/object-name.ts";
import type { QueueIdentity } from "../domain/queue-name.ts";
import type { Account } from "../objects/account.ts";
import type { Queue } from "../objects/queue.ts";
import type { Caller } from "./caller.ts";
import { locationHint } from "./placement.ts";

export type Objects = {
  readonly QUEUE: DurableObjectNamespace<Queue>;
  readonly ACCOUNT: DurableObjectNamespace<Account>;
};

export type QueueStub = DurableObjectStub<Queue>;

/** Bounds the isolate's memory; a miss costs one hash. */
const KNOWN_IDS_MAX = 10_000;
const queueIds = new Map<string, DurableObjectId>();

export function queueStub(objects: Objects, identity: QueueIdentity): QueueStub {
  const { accountId, region, queueName } = identity;
  const key = `${accountId}/${region}/${queueName}`;
  let id = queueIds.get(key);
  if (id === undefined) {
    if (queueIds.size >= KNOWN_IDS_MAX) queueIds.clear();
    id = objects.QUEUE.idFromName(queueObjectName(accountId, region, queueName));
    queueIds.set(key, id);
  }
  return objects.QUEUE.get(id, placed(region));
}

export function accountStub(objects: Objects, caller: Caller): DurableObjectStub<Account> {
  const name = accountObjectName(caller.accountId, caller.region);
  return objects.ACCOUNT.get(objects.ACCOUNT.idFromName(name), placed(caller.region));
}

function placed(region: string): DurableObjectNamespaceGetDurableObjectOptions {
  const hint = locationHint(region);
  return hint === undefined ? {} : { locationHint: hint };
}

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
const KNOWN_PLACES_MAX = 10_000;
const places = new Map<string, Place>();

type Place = {
  readonly id: DurableObjectId;
  readonly options: DurableObjectNamespaceGetDurableObjectOptions;
};

export function queueStub(objects: Objects, identity: QueueIdentity): QueueStub {
  const { id, options } = queuePlace(objects, identity);
  return objects.QUEUE.get(id, options);
}

export function accountStub(objects: Objects, caller: Caller): DurableObjectStub<Account> {
  const name = accountObjectName(caller.accountId, caller.region);
  return objects.ACCOUNT.get(objects.ACCOUNT.idFromName(name), placed(caller.region));
}

function queuePlace(objects: Objects, { accountId, region, queueName }: QueueIdentity): Place {
  const key = `${accountId}/${region}/${queueName}`;
  const known = places.get(key);
  if (known !== undefined) return known;
  if (places.size >= KNOWN_PLACES_MAX) places.clear();
  const id = objects.QUEUE.idFromName(queueObjectName(accountId, region, queueName));
  const place = { id, options: placed(region) };
  places.set(key, place);
  return place;
}

function placed(region: string): DurableObjectNamespaceGetDurableObjectOptions {
  const hint = locationHint(region);
  return hint === undefined ? {} : { locationHint: hint };
}

/**
 * ObjectDirectory: finds the Durable Object of a queue or an account. Ids are hashes of names, so
 * they are kept for as long as the isolate lives; stubs belong to one request and are made anew.
 */
import {
  accountObjectName,
  groupObjectName,
  identityObjectName,
  queueObjectName,
} from "../domain/object-name.ts";
import { type QueueIdentity, queueKey } from "../domain/queue-name.ts";
import type { Account } from "../objects/account.ts";
import type { Identity } from "../objects/identity.ts";
import type { MessageGroup } from "../objects/message-group.ts";
import type { Queue } from "../objects/queue.ts";
import type { Caller } from "./caller.ts";
import { locationHint } from "./placement.ts";

export type Objects = {
  readonly QUEUE: DurableObjectNamespace<Queue>;
  readonly ACCOUNT: DurableObjectNamespace<Account>;
  readonly MESSAGE_GROUP: DurableObjectNamespace<MessageGroup>;
  readonly IDENTITY: DurableObjectNamespace<Identity>;
};

export type QueueStub = DurableObjectStub<Queue>;
export type GroupStub = DurableObjectStub<MessageGroup>;
export type IdentityStub = DurableObjectStub<Identity>;

/** Bounds the isolate's memory; a miss costs one hash. */
const KNOWN_PLACES_MAX = 50_000;
const places = new Map<string, Place>();

export type GroupAddress = {
  readonly queueUid: string;
  readonly messageGroupId: string;
  readonly region: string;
};

type Place = {
  readonly id: DurableObjectId;
  readonly options: DurableObjectNamespaceGetDurableObjectOptions;
};

export function queueStub(objects: Objects, identity: QueueIdentity): QueueStub {
  const { id, options } = queuePlace(objects, identity);
  return objects.QUEUE.get(id, options);
}

/** The object of a message group, which is created by its first use. */
export function groupStub(
  objects: Objects,
  { queueUid, messageGroupId, region }: GroupAddress,
): GroupStub {
  const key = `${queueUid}/${messageGroupId}`;
  const { id, options } = knownPlace(key, () => ({
    id: objects.MESSAGE_GROUP.idFromName(groupObjectName(queueUid, messageGroupId)),
    options: placed(region),
  }));
  return objects.MESSAGE_GROUP.get(id, options);
}

/** The object of a group whose name a receipt handle brings. */
export function namedGroupStub(objects: Objects, groupName: string, region: string): GroupStub {
  const { id, options } = knownPlace(groupName, () => ({
    id: objects.MESSAGE_GROUP.idFromName(groupName),
    options: placed(region),
  }));
  return objects.MESSAGE_GROUP.get(id, options);
}

export function accountStub(objects: Objects, caller: Caller): DurableObjectStub<Account> {
  const name = accountObjectName(caller.accountId, caller.region);
  return objects.ACCOUNT.get(objects.ACCOUNT.idFromName(name), placed(caller.region));
}

/** An account's users and keys, wherever it has its queues: the platform places it near the first caller. */
export function identityStub(objects: Objects, accountId: string): IdentityStub {
  const { id, options } = knownPlace(`identity/${accountId}`, () => ({
    id: objects.IDENTITY.idFromName(identityObjectName(accountId)),
    options: {},
  }));
  return objects.IDENTITY.get(id, options);
}

function queuePlace(objects: Objects, identity: QueueIdentity): Place {
  const { accountId, region, queueName } = identity;
  return knownPlace(queueKey(identity), () => ({
    id: objects.QUEUE.idFromName(queueObjectName(accountId, region, queueName)),
    options: placed(region),
  }));
}

function knownPlace(key: string, find: () => Place): Place {
  const known = places.get(key);
  if (known !== undefined) return known;
  if (places.size >= KNOWN_PLACES_MAX) places.clear();
  const place = find();
  places.set(key, place);
  return place;
}

function placed(region: string): DurableObjectNamespaceGetDurableObjectOptions {
  const hint = locationHint(region);
  return hint === undefined ? {} : { locationHint: hint };
}

/**
 * GroupStubs: the way from a queue's object to its message groups' objects. Their ids are hashes of
 * names, so they are kept; stubs are made anew for each call, because one that has failed once may
 * stay broken.
 */
import { groupObjectName } from "../domain/object-name.ts";
import type { GroupName } from "../storage/group-entries.ts";
import type { GroupCommands, GroupNamespace } from "./fifo-contract.ts";

/** Bounds the object's memory; a miss costs two hashes. */
const KNOWN_IDS_MAX = 10_000;

export class GroupStubs {
  readonly #namespace: GroupNamespace;
  readonly #ids = new Map<string, DurableObjectId>();

  constructor(namespace: GroupNamespace) {
    this.#namespace = namespace;
  }

  get({ queueUid, messageGroupId }: GroupName): GroupCommands {
    const key = `${queueUid}/${messageGroupId}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      if (this.#ids.size >= KNOWN_IDS_MAX) this.#ids.clear();
      id = this.#namespace.idFromName(groupObjectName(queueUid, messageGroupId));
      this.#ids.set(key, id);
    }
    return this.#namespace.get(id);
  }
}

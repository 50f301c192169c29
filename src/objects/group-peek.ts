/**
 * How a FIFO queue shows its messages: the message groups are asked for theirs, in the order of their
 * names, some side by side. The names come from disk, so that the queue learns nothing by it and the
 * order in which groups are served stays what it was.
 */
import { deliveryCount, joinDeliveries } from "../domain/delivery.ts";
import { PEEK_ROOM, type PeekOrder, type PeekRoom } from "../domain/peek.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { FifoQueue } from "../storage/fifo-queue.ts";
import { limited } from "./call-limit.ts";
import type { GroupLookup } from "./hand-over.ts";

/** Groups asked side by side: each may fill the room, and all that is in memory. */
const GROUPS_AT_ONCE = 8;
/** Groups beyond these are not shown. */
const GROUPS_MAX = 10_000;

/** Refused if a group cannot be asked: what is left out would pass for gone. */
export async function peekGroups(
  queue: FifoQueue,
  group: GroupLookup,
  order: PeekOrder,
): Promise<Result<Uint8Array>> {
  const shown: Uint8Array[] = [];
  let room = PEEK_ROOM;
  let afterName = "";
  for (let asked = 0; asked < GROUPS_MAX && hasRoom(room); asked += GROUPS_AT_ONCE) {
    const names = queue.entries.namesAfter(queue.uid, afterName, GROUPS_AT_ONCE);
    const lastName = names.at(-1);
    if (lastName === undefined) break;
    afterName = lastName;
    const ask = (messageGroupId: string) => {
      const terms = { ...queue.terms, messageGroupId };
      return limited(group(messageGroupId).peek(terms, { ...order, ...room }));
    };
    try {
      for (const packed of await Promise.all(names.map(ask))) {
        if (hasRoom(room)) shown.push(packed);
        room = roomAfter(room, packed);
      }
    } catch (error) {
      console.warn("a message group could not be asked for its messages", error);
      return refused({ kind: "queue-busy" });
    }
  }
  return accepted(joinDeliveries(shown));
}

function hasRoom({ maxCount, maxBytes }: PeekRoom): boolean {
  return maxCount > 0 && maxBytes > 0;
}

function roomAfter({ maxCount, maxBytes }: PeekRoom, packed: Uint8Array): PeekRoom {
  return {
    maxCount: maxCount - deliveryCount(packed),
    maxBytes: maxBytes - packed.byteLength,
  };
}

/**
 * Peek: messages as they are, shown to whoever looks without receiving. What is shown travels as a
 * delivery (`delivery.ts`); in the place of a receipt handle, which nobody gets, is one letter for the
 * message's status.
 */
import { assert } from "./assert.ts";
import type { MessageStatus } from "./message-state.ts";

export type PeekOrder = {
  /** Also what is in flight, or on its way to another queue. */
  readonly showsInvisible: boolean;
  readonly showsDelayed: boolean;
};

/** How much may be shown; a message that is larger than the room is shown alone. */
export type PeekRoom = { readonly maxCount: number; readonly maxBytes: number };

export type BoundedPeek = PeekOrder & PeekRoom;

export const PEEK_ROOM: PeekRoom = { maxCount: 1_000, maxBytes: 4 * 1024 * 1024 };

export type ShownStatus = Exclude<MessageStatus, "gone">;

const LETTERS: { readonly [S in ShownStatus]: string } = {
  visible: "v",
  "in-flight": "f",
  moving: "m",
  delayed: "d",
};

export function isShown(status: ShownStatus, { showsInvisible, showsDelayed }: PeekOrder): boolean {
  if (status === "visible") return true;
  return status === "delayed" ? showsDelayed : showsInvisible;
}

export function statusLetter(status: ShownStatus): string {
  return LETTERS[status];
}

export function statusOfLetter(letter: string): ShownStatus {
  for (const status of ["visible", "in-flight", "moving", "delayed"] as const) {
    if (LETTERS[status] === letter) return status;
  }
  assert(false, "a shown message has a status");
}

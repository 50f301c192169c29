/**
 * The Worker's end of a waiting poll's socket. It settles with whatever comes first: a frame, the end
 * of the wait, the client's leaving, or the object's closing of the socket.
 *
 * Invariants:
 * - A delivery is acknowledged if and only if it is the end of the poll. One that comes after the
 *   wait is over or the client has left stays unacknowledged, and the object takes it back.
 * - Once it has settled it holds neither a timer nor an open socket.
 */
import { assert } from "../domain/assert.ts";

export type PollEnd =
  | { readonly kind: "delivery"; readonly packed: Uint8Array }
  /** The object says why no delivery can come: the queue was deleted. */
  | { readonly kind: "dismissed" }
  | { readonly kind: "nothing" };

type Wait = { readonly waitMs: number; readonly signal: AbortSignal };

const ACKNOWLEDGEMENT = "ok";
const FINISHED = 1000;
const CLIENT_GONE = 4001;
const NOTHING: PollEnd = { kind: "nothing" };

export function pollEnd(socket: WebSocket, { waitMs, signal }: Wait): Promise<PollEnd> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const settle = (end: PollEnd, closeCode: number) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      closeQuietly(socket, closeCode);
      resolve(end);
    };
    const leave = () => settle(NOTHING, CLIENT_GONE);
    const timer = setTimeout(() => settle(NOTHING, FINISHED), waitMs);
    signal.addEventListener("abort", leave);
    socket.addEventListener("close", () => settle(NOTHING, FINISHED));
    socket.addEventListener("error", () => settle(NOTHING, FINISHED));
    socket.addEventListener("message", ({ data }) => {
      if (isSettled) return;
      try {
        settle(frameEnd(socket, data), FINISHED);
      } catch (bug) {
        // Nobody hears of what a listener throws.
        reject(bug);
        settle(NOTHING, FINISHED);
      }
    });
    // The platform's default is a Blob, whose bytes come only after another turn.
    socket.binaryType = "arraybuffer";
    socket.accept();
    // A signal that was aborted before somebody listened says nothing any more.
    if (signal.aborted) leave();
  });
}

/** Where no place to wait is left: the same wait, without a socket. */
export function waitInVain({ waitMs, signal }: Wait): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(finish, waitMs);
    signal.addEventListener("abort", finish);
    if (signal.aborted) finish();
  });
}

function frameEnd(socket: WebSocket, data: unknown): PollEnd {
  if (typeof data === "string") return { kind: "dismissed" };
  assert(data instanceof ArrayBuffer, "a frame is text or bytes");
  try {
    socket.send(ACKNOWLEDGEMENT);
  } catch {
    // The object closed its end: it has taken the messages back.
    return NOTHING;
  }
  return { kind: "delivery", packed: new Uint8Array(data) };
}

function closeQuietly(socket: WebSocket, code: number): void {
  try {
    socket.close(code);
  } catch {
    // Closed from the other end already.
  }
}

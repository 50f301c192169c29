/**
 * The Worker's side of a receive: it holds the client's request while a queue has nothing, on a
 * socket to the queue's object, which may be evicted meanwhile (`objects/waiters.ts`).
 *
 * Messages that arrive on the socket are acknowledged only while the client is still there. Without
 * the acknowledgement the object takes the receive back, so that a client which hung up does not
 * swallow a message.
 */
import { assert } from "../domain/assert.ts";
import { type DeliveredMessage, unpackDelivery } from "../domain/delivery.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { QueueTarget } from "./exchange.ts";
import type { QueueStub } from "./object-directory.ts";

export type PollOrder = {
  readonly maxCount: number;
  readonly visibilityTimeoutSeconds: number | undefined;
  /** Undefined: the queue's own. */
  readonly waitTimeSeconds: number | undefined;
};

type Received = Result<readonly DeliveredMessage[]>;

const ACKNOWLEDGEMENT = "ok";
const CLIENT_GONE = 4001;

/**
 * A call costs less than a socket, and a socket is needed only where nothing is there. So a queue
 * that had nothing the last time is asked with a socket at once, any other with a call first: one
 * request to the object in the steady state of either kind.
 */
export async function poll(
  { queue, identity }: QueueTarget,
  order: PollOrder,
  signal: () => AbortSignal,
): Promise<Received> {
  const key = `${identity.accountId}/${identity.region}/${identity.queueName}`;
  if (order.waitTimeSeconds !== 0 && idleQueues.has(key)) {
    const received = await waitFor(queue, order, signal());
    if (received.ok && received.value.length > 0) idleQueues.delete(key);
    return received;
  }
  const answer = await queue.receiveMessages(order);
  if (!answer.ok) return answer;
  if (answer.value.kind === "delivery") return accepted(unpackDelivery(answer.value.packed));
  if (answer.value.waitSeconds === 0) return accepted([]);
  if (idleQueues.size >= IDLE_QUEUES_MAX) idleQueues.clear();
  idleQueues.add(key);
  return waitFor(queue, order, signal());
}

/** Only a guess, kept by the isolate: being wrong costs one request. */
const idleQueues = new Set<string>();
const IDLE_QUEUES_MAX = 10_000;

async function waitFor(queue: QueueStub, order: PollOrder, signal: AbortSignal): Promise<Received> {
  const response = await queue.fetch("https://queue/receive", {
    headers: { Upgrade: "websocket", "millrace-receive": JSON.stringify(order) },
  });
  if (response.webSocket !== null) {
    const waitSeconds = Number(response.headers.get("millrace-wait-seconds"));
    return waited(response.webSocket, waitSeconds * 1000, signal);
  }
  if (response.status === 409) return refused(await response.json<Refusal>());
  assert(response.status === 200, "a queue answers a receive");
  return accepted(unpackDelivery(new Uint8Array(await response.arrayBuffer())));
}

/** Settles with the first of: messages, the end of the wait, the client's leaving. */
function waited(socket: WebSocket, waitMs: number, signal: AbortSignal): Promise<Received> {
  return new Promise((resolve) => {
    const finish = (closeCode: number, received: Received) => {
      clearTimeout(timer);
      closeSocket(socket, closeCode);
      resolve(received);
    };
    const timer = setTimeout(() => finish(1000, accepted([])), waitMs);
    signal.addEventListener("abort", () => finish(CLIENT_GONE, accepted([])));
    socket.addEventListener("close", () => finish(1000, accepted([])));
    socket.addEventListener("message", ({ data }) => {
      if (signal.aborted) return finish(CLIENT_GONE, accepted([]));
      // The object sends text only to end a poll whose queue was deleted.
      if (typeof data === "string") {
        return finish(1000, refused({ kind: "queue-does-not-exist" }));
      }
      socket.send(ACKNOWLEDGEMENT);
      finish(1000, accepted(unpackDelivery(new Uint8Array(data))));
    });
    // The platform's default is a Blob, whose bytes come only after another turn.
    socket.binaryType = "arraybuffer";
    socket.accept();
  });
}

function closeSocket(socket: WebSocket, code: number): void {
  try {
    socket.close(code);
  } catch {
    // Closed from the other end already.
  }
}

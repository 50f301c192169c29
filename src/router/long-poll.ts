/**
 * The Worker's side of a receive: it holds the client's request while a queue has nothing, on a
 * socket to the queue's object, which may be evicted meanwhile (`objects/waiters.ts`).
 *
 * Messages that arrive on the socket are acknowledged only while the client is still there
 * (`poll-socket.ts`). Without the acknowledgement the object takes the receive back, so that a client
 * which hung up does not swallow a message. An object that is restarted ends its polls empty: to a
 * client that is an empty receive, which SQS allows at any time.
 */
import { assert } from "../domain/assert.ts";
import { type DeliveredMessage, unpackDelivery } from "../domain/delivery.ts";
import { queueKey } from "../domain/queue-name.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { QueueTarget } from "./exchange.ts";
import type { QueueStub } from "./object-directory.ts";
import { PollAllowance } from "./poll-allowance.ts";
import { type PollEnd, pollEnd, waitInVain } from "./poll-socket.ts";

export type PollOrder = {
  readonly maxCount: number;
  readonly visibilityTimeoutSeconds: number | undefined;
  /** Undefined: the queue's own. */
  readonly waitTimeSeconds: number | undefined;
  /** FIFO: the same one brings the same messages again. */
  readonly attemptId: string | undefined;
  /** The label of the encryption terms whose key is at hand. */
  readonly openableFor?: string;
};

export type Poller = {
  /** The access key; undefined where access is open. */
  readonly name: string | undefined;
  /** Aborted when the client goes away. */
  readonly signal: () => AbortSignal;
};

type Received = Result<readonly DeliveredMessage[]>;

/**
 * A call costs less than a socket, and a socket is needed only where nothing is there. So a queue
 * that had nothing the last time is asked with a socket at once, any other with a call first: one
 * request to the object in the steady state of either kind.
 */
export async function poll(
  { queue, identity }: QueueTarget,
  order: PollOrder,
  poller: Poller,
): Promise<Received> {
  const key = queueKey(identity);
  if (order.waitTimeSeconds !== 0 && idleQueues.has(key)) {
    const waited = await waitFor(queue, order, poller);
    if (!waited.ok || waited.value.length > 0) idleQueues.delete(key);
    return waited;
  }
  const answer = await queue.receiveMessages(order);
  if (!answer.ok) return answer;
  if (answer.value.kind === "delivery") return accepted(unpackDelivery(answer.value.packed));
  if (answer.value.waitSeconds === 0) return accepted([]);
  if (idleQueues.size >= IDLE_QUEUES_MAX) idleQueues.clear();
  idleQueues.add(key);
  return waitFor(queue, order, poller);
}

/** Whose memory is taken by a request that waits: no tenant takes that in which the others wait. */
async function waitFor(queue: QueueStub, order: PollOrder, poller: Poller): Promise<Received> {
  const { name } = poller;
  if (name === undefined) return held(queue, order, poller.signal());
  if (!allowance.enter(name)) return refused({ kind: "too-many-polls" });
  try {
    return await held(queue, order, poller.signal());
  } finally {
    allowance.leave(name);
  }
}

const allowance = new PollAllowance();

/** Only a guess, kept by the isolate: being wrong costs one request. */
const idleQueues = new Set<string>();
const IDLE_QUEUES_MAX = 10_000;

async function held(queue: QueueStub, order: PollOrder, signal: AbortSignal): Promise<Received> {
  if (signal.aborted) return accepted([]);
  const response = await queue.fetch("https://queue/receive", {
    headers: { Upgrade: "websocket", "millrace-receive": JSON.stringify(order) },
  });
  switch (response.status) {
    case 101:
      return received(await pollEnd(socketOf(response), waitOf(response, signal)));
    case 200:
      return accepted(unpackDelivery(new Uint8Array(await response.arrayBuffer())));
    case 204:
      await waitInVain(waitOf(response, signal));
      return accepted([]);
    case 409:
      return refused(await response.json<Refusal>());
    default:
      throw new Error(`a queue answered a receive with ${response.status}`);
  }
}

function received(end: PollEnd): Received {
  switch (end.kind) {
    case "delivery":
      return accepted(unpackDelivery(end.packed));
    case "dismissed":
      return refused({ kind: "queue-does-not-exist" });
    case "nothing":
      return accepted([]);
  }
}

function socketOf({ webSocket }: Response): WebSocket {
  assert(webSocket !== null, "an upgrade brings a socket");
  return webSocket;
}

function waitOf({ headers }: Response, signal: AbortSignal) {
  const waitSeconds = Number(headers.get("millrace-wait-seconds") ?? Number.NaN);
  assert(waitSeconds > 0, "a queue says for how long to wait");
  return { waitMs: waitSeconds * 1000, signal };
}

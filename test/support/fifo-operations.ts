/**
 * Operations of a FIFO history, written down by hand: what happens to the messages `a`, `b` and `c`, all
 * of one group unless said otherwise, numbered in the order of the alphabet.
 */
import type { Delivery, Operation, Outcome } from "../crash/history.ts";

type Times = { at?: number; until?: number; outcome?: Outcome };

/** The messages of these histories, all of one group and numbered in the order of the alphabet. */
export type Name = "a" | "b" | "c";

const EXPIRED = "The receipt handle has expired.";

/** An operation takes 10 ms unless said otherwise. */
export function timed({ at = 0, until = at + 10, outcome = "ok" }: Times) {
  return { startedAtMs: at, endedAtMs: until, outcome };
}

export function number(name: Name): string {
  return `1884949646046769612${["a", "b", "c"].indexOf(name)}`;
}

export function send(
  name: Name,
  terms: Times & {
    messageGroupId?: string;
    batch?: Name[];
    id?: string;
    sequenceNumber?: string;
  } = {},
): Operation {
  const { messageGroupId = "group", batch = [name], id = `id-${name}` } = terms;
  const { sequenceNumber = number(name) } = terms;
  const base = timed(terms);
  const isAcknowledged = base.outcome === "ok";
  return {
    kind: "send",
    ...base,
    uid: name,
    bodyDigest: `digest-${name}`,
    delaySeconds: 0,
    ...(isAcknowledged ? { messageId: id } : {}),
    fifo: {
      messageGroupId,
      deduplicationId: name,
      batch,
      ...(isAcknowledged ? { sequenceNumber } : {}),
    },
  };
}

export function message(name: Name, overrides: Partial<Delivery> = {}): Delivery {
  return {
    uid: name,
    bodyDigest: `digest-${name}`,
    messageId: `id-${name}`,
    receiptHandle: `${name}1`,
    receiveCount: 1,
    sentTimestampMs: 0,
    firstReceiveTimestampMs: 100,
    fifo: { messageGroupId: "group", deduplicationId: name, sequenceNumber: number(name) },
    ...overrides,
  };
}

/** The same message, received a second time. */
export function again(name: Name, overrides: Partial<Delivery> = {}): Delivery {
  return message(name, { receiptHandle: `${name}2`, receiveCount: 2, ...overrides });
}

export function receive(times: Times & { timeout?: number }, ...deliveries: Delivery[]): Operation {
  const { timeout = 30 } = times;
  return { kind: "receive", ...timed(times), visibilityTimeoutSeconds: timeout, deliveries };
}

export function remove(receiptHandle: string, times: Times): Operation {
  const refusal = times.outcome === "fail" ? { refusal: EXPIRED } : {};
  return { kind: "delete", ...timed(times), ...refusal, receiptHandle };
}

export function change(receiptHandle: string, times: Times & { timeout: number }): Operation {
  const refusal = times.outcome === "fail" ? { refusal: EXPIRED } : {};
  const visibilityTimeoutSeconds = times.timeout;
  return {
    kind: "change-visibility",
    ...timed(times),
    ...refusal,
    receiptHandle,
    visibilityTimeoutSeconds,
  };
}

/** How every history ends: what is left is received and deleted, long after. */
export function drained(...deliveries: Delivery[]): Operation[] {
  const handles = deliveries.map((delivery) => delivery.receiptHandle);
  return [
    receive({ at: 90_000 }, ...deliveries),
    ...handles.map((handle) => remove(handle, { at: 90_100 })),
  ];
}

export function place(name: Name, sequenceNumber = number(name)) {
  return { messageGroupId: "group", deduplicationId: name, sequenceNumber };
}

export function elsewhere(name: Name) {
  return { ...place(name), messageGroupId: "elsewhere" };
}

/**
 * What every handler gets beside its input: who calls, how the client reached us, and the way to the
 * objects. And the one rule about order that all actions on a queue share.
 */
import type { QueueIdentity } from "../domain/queue-name.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type Result, refused } from "../domain/result.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./caller.ts";
import type { Keyring } from "./keyring.ts";
import { type Objects, type QueueStub, queueStub } from "./object-directory.ts";
import { parseQueueUrl } from "./queue-address.ts";
import { forgetQueue } from "./queue-memory.ts";

export type Exchange = {
  readonly caller: Caller;
  /** Undefined where access is open: everybody may do everything. */
  readonly access: Access | undefined;
  /** Scheme, host and port as the client used them. */
  readonly endpoint: string;
  readonly objects: Objects;
  readonly keyring: Keyring;
  /** Aborted when the client goes away; made only where somebody listens. */
  readonly signal: () => AbortSignal;
  /** Keeps work going after the answer. */
  readonly background: (promise: Promise<unknown>) => void;
  /** The queue that the request's path names; a QueueUrl parameter overrides it. */
  readonly pathQueueUrl: string | undefined;
  /** `X-Amzn-Trace-Id`, which SQS stores as AWSTraceHeader. */
  readonly traceHeader: string | undefined;
};

export type QueueInput = { readonly QueueUrl?: string };

export type QueueTarget = { readonly queue: QueueStub; readonly identity: QueueIdentity };

/** An absent or senseless address is the address of no queue: SQS says so, too. */
export function findQueue(input: QueueInput, exchange: Exchange): Result<QueueTarget> {
  const identity = namedQueue(input, exchange);
  if (identity === undefined) return refused({ kind: "queue-does-not-exist" });
  return { ok: true, value: { queue: queueStub(exchange.objects, identity), identity } };
}

export function namedQueue(
  { QueueUrl }: QueueInput,
  exchange: Exchange,
): QueueIdentity | undefined {
  const url = QueueUrl ?? exchange.pathQueueUrl;
  return url === undefined ? undefined : parseQueueUrl(url, exchange.caller);
}

/**
 * Runs a command on the queue that a request names. SQS looks for the queue before it looks at the
 * parameters, so a flaw in them counts only if the queue exists; asking costs a request in that case
 * alone.
 */
export async function onQueue<Command, Answer>(
  input: QueueInput,
  exchange: Exchange,
  command: (identity: QueueIdentity) => Result<Command>,
  run: (queue: QueueStub, command: Command, identity: QueueIdentity) => Promise<Result<Answer>>,
): Promise<Result<Answer>> {
  const target = findQueue(input, exchange);
  if (!target.ok) return target;
  const { queue, identity } = target.value;
  const checked = command(identity);
  return checked.ok ? run(queue, checked.value, identity) : flawed(queue, checked.refusal);
}

/** The answer to a request with a flaw, which is another one if there is no queue. */
export async function flawed(queue: QueueStub, flaw: Refusal): Promise<Result<never>> {
  return refused((await queue.hasQueue()) ? flaw : { kind: "queue-does-not-exist" });
}

/** The same for a command that changes what isolates keep of a queue. */
export async function changeQueue<Command, Answer>(
  input: QueueInput,
  exchange: Exchange,
  command: (identity: QueueIdentity) => Result<Command>,
  run: (queue: QueueStub, command: Command, identity: QueueIdentity) => Promise<Result<Answer>>,
): Promise<Result<Answer>> {
  return onQueue(input, exchange, command, async (queue, checked, identity) => {
    try {
      return await run(queue, checked, identity);
    } finally {
      // A change whose answer was lost is one, too.
      forgetQueue(identity);
    }
  });
}

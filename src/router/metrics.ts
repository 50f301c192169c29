/**
 * Metrics: what a queue's object, or that of one of its message groups, has done and written. Where access
 * is not open, only the root of the queue's account may ask.
 */
import { queueUidText } from "../domain/object-name.ts";
import type { WireAnswer } from "../protocol/wire-answer.ts";
import { isOwnRoot } from "./access.ts";
import type { Exchange } from "./exchange.ts";
import { fifoTerms } from "./fifo-terms-cache.ts";
import { groupStub, queueStub } from "./object-directory.ts";
import { parseQueueUrl } from "./queue-address.ts";
import { jsonAnswer } from "./response.ts";

export type MetricsQuery = {
  /** The queue's URL. */
  readonly queue: string | undefined;
  readonly messageGroupId: string | undefined;
};

export async function queueMetrics(
  { queue: address = "", messageGroupId }: MetricsQuery,
  { caller, access, objects, background }: Exchange,
): Promise<WireAnswer> {
  const identity = parseQueueUrl(address, caller);
  if (identity === undefined) return text("no such queue", 404);
  if (!isOwnRoot(access, identity.accountId)) return text("only the account's root may ask", 403);
  const queue = queueStub(objects, identity);
  if (messageGroupId === undefined) return jsonAnswer(await queue.metrics());
  const terms = await fifoTerms(queue, identity, background);
  if (!terms.ok) return text("no such FIFO queue", 404);
  const queueUid = queueUidText(terms.value.issuer.uid);
  const group = groupStub(objects, { queueUid, messageGroupId, region: identity.region });
  return jsonAnswer(await group.metrics());
}

function text(line: string, status: number): WireAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${line}\n` };
}

/**
 * What this isolate remembers of a queue in several places is forgotten in one: whoever changes a queue
 * calls this and need not know who remembers what.
 */
import type { QueueIdentity } from "../domain/queue-name.ts";
import { forgetFifoTerms } from "./fifo-terms-cache.ts";
import { forgetQueueAccess } from "./queue-access.ts";

export function forgetQueue(identity: QueueIdentity): void {
  forgetFifoTerms(identity);
  forgetQueueAccess(identity);
}

/**
 * Reset: deletes all queues of an account and region, for tests that begin with none. The directory
 * says which there are; a queue that is created meanwhile may stay.
 */
import { LIST_RESULTS_MAX } from "../domain/limits.ts";
import type { Exchange } from "./exchange.ts";
import { forgetFifoTerms } from "./fifo-terms-cache.ts";
import { accountStub, queueStub } from "./object-directory.ts";

/** Queues deleted side by side. */
const AT_ONCE = 32;

/** Returns how many there were. May be repeated: what fails half-way leaves the rest. */
export async function deleteAllQueues({ caller, objects }: Exchange): Promise<number> {
  const remove = async (queueName: string) => {
    const identity = { ...caller, queueName };
    const deleted = await queueStub(objects, identity).deleteQueue();
    forgetFifoTerms(identity);
    return deleted.ok;
  };
  let count = 0;
  for (let afterName = ""; ; ) {
    const page = { prefix: "", afterName, limit: LIST_RESULTS_MAX };
    const { queueNames, hasMore } = await accountStub(objects, caller).listQueues(page);
    for (let from = 0; from < queueNames.length; from += AT_ONCE) {
      const deletions = queueNames.slice(from, from + AT_ONCE).map(remove);
      count += (await Promise.all(deletions)).filter(Boolean).length;
    }
    if (!hasMore) return count;
    afterName = queueNames.at(-1) ?? afterName;
  }
}

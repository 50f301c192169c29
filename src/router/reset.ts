/**
 * Reset: deletes all queues of an account and region, for tests that begin with none. The directory
 * says which there are. A queue that is created meanwhile may stay; one whose deletion is denied does.
 * Where access is not open, it is the root's alone.
 */
import { LIST_RESULTS_MAX } from "../domain/limits.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import { isOwnRoot } from "./access.ts";
import { accessRefusal } from "./authorisation.ts";
import { demandOn } from "./demands.ts";
import type { Exchange } from "./exchange.ts";
import { accountStub, queueStub } from "./object-directory.ts";
import { forgetQueue } from "./queue-memory.ts";

/** Queues deleted side by side. */
const AT_ONCE = 32;

/** Returns how many there were. May be repeated: what fails half-way leaves the rest. */
export async function deleteAllQueues(exchange: Exchange): Promise<Result<number>> {
  const { caller, objects, access } = exchange;
  if (!isOwnRoot(access, caller.accountId)) {
    const reason = "Only the root of an account may delete all of its queues at once.";
    return refused({ kind: "access-denied", reason });
  }
  const remove = async (queueName: string) => {
    const identity = { ...caller, queueName };
    const refusal = await accessRefusal([demandOn(identity, "DeleteQueue")], exchange);
    if (refusal !== undefined) return false;
    const deleted = await queueStub(objects, identity).deleteQueue();
    forgetQueue(identity);
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
    if (!hasMore) return accepted(count);
    afterName = queueNames.at(-1) ?? afterName;
  }
}

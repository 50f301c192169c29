/**
 * ListQueues and ListDeadLetterSourceQueues: pages of the account's directory. A source is always of
 * its dead-letter queue's account and region, so one directory knows them all.
 */
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import type { Caller } from "./caller.ts";
import { type Exchange, onQueue } from "./exchange.ts";
import { accountStub } from "./object-directory.ts";
import { queueUrl } from "./queue-address.ts";
import { checkedPage, nextToken } from "./queue-page.ts";

export async function listQueues(
  input: ActionInput<"ListQueues">,
  { caller, objects, endpoint }: Exchange,
): Promise<Result<ActionOutput<"ListQueues">>> {
  const prefix = input.QueueNamePrefix ?? "";
  const listed = `queues ${prefix}`;
  const page = checkedPage(input, listed);
  if (!page.ok) return page;
  const found = await accountStub(objects, caller).listQueues({ prefix, ...page.value });
  if (found.queueNames.length === 0) return accepted({});
  const QueueUrls = urlsOf(found.queueNames, caller, endpoint);
  return accepted({ QueueUrls, ...nextToken(found, input, listed) });
}

export function listDeadLetterSourceQueues(
  input: ActionInput<"ListDeadLetterSourceQueues">,
  exchange: Exchange,
): Promise<Result<ActionOutput<"ListDeadLetterSourceQueues">>> {
  const listed = (targetName: string) => `sources ${targetName}`;
  return onQueue(
    input,
    exchange,
    ({ queueName }) => checkedPage(input, listed(queueName)),
    async (queue, page, identity) => {
      const { queueName: targetName } = identity;
      const directory = accountStub(exchange.objects, identity);
      const [exists, found] = await Promise.all([
        queue.hasQueue(),
        directory.listDeadLetterSources({ targetName, ...page }),
      ]);
      if (!exists) return refused({ kind: "queue-does-not-exist" });
      if (found.queueNames.length === 0) return accepted({});
      const queueUrls = urlsOf(found.queueNames, identity, exchange.endpoint);
      return accepted({ queueUrls, ...nextToken(found, input, listed(targetName)) });
    },
  );
}

function urlsOf(queueNames: readonly string[], owner: Caller, endpoint: string): string[] {
  return queueNames.map((queueName) => queueUrl(endpoint, { ...owner, queueName }));
}

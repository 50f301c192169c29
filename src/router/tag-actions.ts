/**
 * TagQueue, UntagQueue and ListQueueTags. Keys and values are checked here, their number where the
 * other tags are: in the queue's object.
 */
import { tagsFlaw } from "../domain/queue-tags.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { changeQueue, type Exchange, onQueue } from "./exchange.ts";
import { nothingToCheck } from "./queue-actions.ts";

export function tagQueue(
  input: ActionInput<"TagQueue">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  return changeQueue(
    input,
    exchange,
    () => {
      const tags = new Map(input.Tags ?? []);
      if (tags.size === 0) return refused({ kind: "parameter-missing", parameterName: "Tags" });
      const flaw = tagsFlaw(tags);
      return flaw === undefined ? accepted(tags) : refused(flaw);
    },
    (queue, tags) => queue.tagQueue(tags),
  );
}

export function untagQueue(
  input: ActionInput<"UntagQueue">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  return changeQueue(
    input,
    exchange,
    () => {
      const { TagKeys } = input;
      return TagKeys === undefined || TagKeys.length === 0
        ? refused({ kind: "parameter-missing", parameterName: "TagKeys" })
        : accepted(TagKeys);
    },
    (queue, keys) => queue.untagQueue(keys),
  );
}

export async function listQueueTags(
  input: ActionInput<"ListQueueTags">,
  exchange: Exchange,
): Promise<Result<ActionOutput<"ListQueueTags">>> {
  const terms = await onQueue(input, exchange, nothingToCheck, (queue) => queue.accessTerms());
  if (!terms.ok) return terms;
  const { tags } = terms.value;
  return accepted(tags.size === 0 ? {} : { Tags: tags });
}

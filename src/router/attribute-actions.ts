/**
 * GetQueueAttributes and SetQueueAttributes. What an attribute may be is decided in the domain; here
 * counters and timestamps join them under SQS's names, every value as text.
 */
import {
  isAttributeName,
  parseAttributeChange,
  printAttributes,
} from "../domain/queue-attributes.ts";
import { type QueueIdentity, queueArn, queueKind } from "../domain/queue-name.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { QueueDescription } from "../objects/queue-description.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { changeQueue, type Exchange, findQueue, flawed } from "./exchange.ts";
import { redriveTargetFlaw } from "./redrive-target.ts";

export async function getQueueAttributes(
  input: ActionInput<"GetQueueAttributes">,
  exchange: Exchange,
): Promise<Result<ActionOutput<"GetQueueAttributes">>> {
  const target = findQueue(input, exchange);
  if (!target.ok) return target;
  const { queue, identity } = target.value;
  const description = await queue.describeQueue();
  if (!description.ok) return description;
  const wanted = checkedNames(input.AttributeNames ?? []);
  if (!wanted.ok) return wanted;
  const all = printedDescription(description.value, identity);
  const asked = wanted.value.includes("All") ? all : onlyNamed(all, wanted.value);
  return accepted(asked.size === 0 ? {} : { Attributes: asked });
}

export function setQueueAttributes(
  input: ActionInput<"SetQueueAttributes">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  return changeQueue(
    input,
    exchange,
    ({ queueName }) => {
      const { Attributes } = input;
      return Attributes === undefined || Attributes.size === 0
        ? refused({ kind: "parameter-missing", parameterName: "Attribute.Name" })
        : parseAttributeChange(Attributes, queueKind(queueName));
    },
    async (queue, change, identity): Promise<Result<undefined>> => {
      const request = { source: identity, change, attributeTexts: input.Attributes };
      const flaw = await redriveTargetFlaw(request, exchange.objects);
      return flaw === undefined ? queue.setAttributes(change) : flawed(queue, flaw);
    },
  );
}

function checkedNames(names: readonly string[]): Result<readonly string[]> {
  const unknown = names.find((name) => !isAttributeName(name));
  return unknown === undefined
    ? accepted(names)
    : refused({ kind: "attribute-unknown", attributeName: unknown });
}

/** Everything that `All` shows. */
function printedDescription(
  { attributes, counts, createdAtMs, modifiedAtMs }: QueueDescription,
  identity: QueueIdentity,
): Map<string, string> {
  return new Map([
    ["ApproximateNumberOfMessages", String(counts.visible)],
    ["ApproximateNumberOfMessagesDelayed", String(counts.delayed)],
    ["ApproximateNumberOfMessagesNotVisible", String(counts.inFlight)],
    ["CreatedTimestamp", printSeconds(createdAtMs)],
    ["LastModifiedTimestamp", printSeconds(modifiedAtMs)],
    ["QueueArn", queueArn(identity)],
    ...printAttributes(attributes, queueKind(identity.queueName)),
  ]);
}

function onlyNamed(
  all: ReadonlyMap<string, string>,
  names: readonly string[],
): Map<string, string> {
  return new Map([...all].filter(([name]) => names.includes(name)));
}

/** Queue timestamps are seconds, unlike those of messages. */
function printSeconds(ms: number): string {
  return String(Math.floor(ms / 1000));
}

/**
 * Which attributes a receiver asked for. MessageAttributeNames takes exact names, `All`, `.*`, `*`
 * and `prefix.*`, where the dot is not part of the prefix; some clients write `ALL`. Unknown names of
 * system attributes are ignored, as SQS does.
 */
import type { Attributes } from "./message-content.ts";

const SYSTEM_NAMES = [
  "SenderId",
  "SentTimestamp",
  "ApproximateReceiveCount",
  "ApproximateFirstReceiveTimestamp",
  "AWSTraceHeader",
  "MessageGroupId",
  "MessageDeduplicationId",
  "SequenceNumber",
  "DeadLetterQueueSourceArn",
] as const;

export type SystemName = (typeof SYSTEM_NAMES)[number];

export function requestedSystemNames(names: readonly string[]): readonly SystemName[] {
  return names.some(isAll) ? SYSTEM_NAMES : SYSTEM_NAMES.filter((name) => names.includes(name));
}

export function matchingAttributes(
  attributes: Attributes,
  patterns: readonly string[],
): Attributes {
  if (patterns.some((pattern) => isAll(pattern) || pattern === ".*" || pattern === "*")) {
    return attributes;
  }
  const isWanted = (name: string) => patterns.some((pattern) => matches(name, pattern));
  return new Map([...attributes].filter(([name]) => isWanted(name)));
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith(".*") ? name.startsWith(pattern.slice(0, -2)) : name === pattern;
}

function isAll(name: string): boolean {
  return name.toLowerCase() === "all";
}

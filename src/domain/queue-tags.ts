/**
 * Cost-allocation tags of a queue: at most 50, keys of 1 to 128 characters, values up to 256, of
 * Unicode letters, digits, white space and a few symbols (SQS developer guide, "Tagging").
 */
import { TAG_KEY_LENGTH_MAX, TAG_VALUE_LENGTH_MAX, TAGS_MAX } from "./limits.ts";
import type { Refusal } from "./refusal.ts";

const TAG_TEXT = /^[\p{L}\p{N}\s_.:/=+\-@]*$/u;

/** A Map, because `__proto__` is a legal key. */
export type QueueTags = ReadonlyMap<string, string>;

/** Why tags cannot be set, if they cannot. */
export function tagsFlaw(tags: Iterable<readonly [string, string]>): Refusal | undefined {
  for (const [key, value] of tags) {
    if (key === "" || characterCount(key) > TAG_KEY_LENGTH_MAX) {
      return invalid("Tag keys must be between 1 and 128 characters in length.");
    }
    if (!TAG_TEXT.test(key)) {
      return invalid(
        "Tag keys may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @",
      );
    }
    if (characterCount(value) > TAG_VALUE_LENGTH_MAX) {
      return invalid("Tag values must be between 0 and 256 characters in length.");
    }
    if (!TAG_TEXT.test(value)) {
      return invalid(
        "Tag values may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @",
      );
    }
  }
  return undefined;
}

export function tooManyTags(tags: QueueTags, queueName: string): Refusal | undefined {
  if (tags.size <= TAGS_MAX) return undefined;
  return invalid(`Too many tags added for queue ${queueName}.`);
}

export function areSameTags(a: QueueTags, b: QueueTags): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

/** Unicode characters, not their halves in UTF-16. */
function characterCount(text: string): number {
  return [...text].length;
}

function invalid(message: string): Refusal {
  return { kind: "request-invalid", message };
}

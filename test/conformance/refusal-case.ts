/**
 * RefusalCase: a request that must be refused, as data. The title is the end of a sentence and
 * carries the tag of the source for the text.
 */
import { expect, test } from "vitest";
import { invalidValue, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

export type RefusalCase = {
  readonly title: string;
  readonly input: object;
  readonly shape: string;
  readonly message?: string | RegExp;
};

/** One test per case: it is refused, and neither messages nor attributes of the queue change. */
export function testRefusals(
  action: string,
  cases: readonly RefusalCase[],
  attributes: Record<string, string> = {},
): void {
  test.each(cases)("$title", async ({ input, shape, message }) => {
    const queue = await TestQueue.create(attributes);
    const before = await queue.attributes();
    await refused(queue.call(action, input), shape, message);
    expect(await queue.attributes()).toEqual(before);
    expect(await queue.counts()).toEqual(EMPTY);
  });
}

/** A message of which one attribute is flawed. */
export function flawedValue(title: string, value: object, message: string | RegExp): RefusalCase {
  const input = { MessageBody: "a", MessageAttributes: { a: value } };
  return { title, input, shape: invalidValue, message };
}

/**
 * What the cases call SQS with: an action in the protocol under test, a queue of their own, and the
 * two judgements on an answer.
 */
import { expect } from "vitest";
import { AWS_JSON } from "./aws-json-protocol.ts";
import type { SqsAnswer } from "./sqs-protocol.ts";

export const { call } = AWS_JSON;

/** The answer's members; fails the test if the action was refused. */
export async function accepted(answer: Promise<SqsAnswer>): Promise<SqsAnswer["body"]> {
  const { status, body, error } = await answer;
  expect(error).toBeUndefined();
  expect(status).toBe(200);
  return body;
}

/** The action succeeded and, as SQS's void actions do, said nothing at all. */
export async function acceptedSilently(answer: Promise<SqsAnswer>): Promise<void> {
  const { text } = await answer;
  expect(text).toBe("");
  await accepted(answer);
}

/** Refused with this shape, whose status and other names the protocol has checked, and this text. */
export async function refused(
  answer: Promise<SqsAnswer>,
  shape: string,
  message?: string | RegExp,
): Promise<void> {
  const { error } = await answer;
  expect(error?.shape).toBe(shape);
  if (typeof message === "string") expect(error?.message).toBe(message);
  if (message instanceof RegExp) expect(error?.message).toMatch(message);
}

export const invalidValue = "InvalidParameterValueException";
export const missing = "MissingRequiredParameterException";
export const noQueue = "QueueDoesNotExist";

let nameCount = 0;

/** A queue name that no other test uses. */
export function newName(): string {
  return `q${nameCount++}-${crypto.randomUUID().slice(0, 8)}`;
}

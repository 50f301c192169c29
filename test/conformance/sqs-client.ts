/**
 * What the cases call SQS with: an action in the protocol under test, a queue of their own, and the
 * two judgements on an answer.
 */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { AWS_JSON } from "./aws-json-protocol.ts";
import { AWS_QUERY } from "./aws-query-protocol.ts";
import type { SqsAnswer } from "./sqs-protocol.ts";

/** Which protocol the cases run through is said by the vitest project: see vitest.config.ts. */
const isQuery = env.TEST_PROTOCOL === "query";

export const { call } = isQuery ? AWS_QUERY : AWS_JSON;

/** For the few cases about what only JSON can say, or says in another way: null, an empty list. */
export const IN_JSON = !isQuery;

/** Texts with half a character. A form cannot hold one. */
export const LONE_SURROGATES: readonly string[] = IN_JSON ? ["\ud800", "a\udc00b"] : [];

/** The answer's members; fails the test if the action was refused. */
export async function accepted(answer: Promise<SqsAnswer>): Promise<SqsAnswer["body"]> {
  const { status, body, error } = await answer;
  expect(error).toBeUndefined();
  expect(status).toBe(200);
  return body;
}

/** The action succeeded and, as SQS's void actions do, said nothing at all. */
export async function acceptedSilently(answer: Promise<SqsAnswer>): Promise<void> {
  await accepted(answer);
  expect((await answer).isSilent).toBe(true);
}

/** The action succeeded and found nothing: a result without members, never an empty list. */
export async function acceptedEmpty(answer: Promise<SqsAnswer>): Promise<void> {
  expect(await accepted(answer)).toEqual({});
  expect((await answer).isSilent).toBe(false);
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

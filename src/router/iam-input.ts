/**
 * Checks of what IAM, STS and Organizations are sent: names, numbers and pages, with IAM's texts where
 * they are known. What passes is safe to print and to store.
 */
import { Buffer } from "node:buffer";
import { LIST_ITEMS_DEFAULT, LIST_ITEMS_MAX } from "../domain/iam-limits.ts";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { Listing } from "../domain/identity-record.ts";

type TextTerms = {
  /** As IAM prints it: with a small first letter. */
  readonly member: string;
  readonly lengthMin?: number;
  readonly lengthMax: number;
  readonly pattern?: RegExp;
};

type NumberTerms = { readonly member: string; readonly min: number; readonly max: number };

const IAM_NAME = /^[\w+=,.@-]+$/;
/** Echoes are bounded. */
const ECHO_LENGTH_MAX = 200;
const MARKER_MARK = "after:";

export const USER_NAME: TextTerms = { member: "userName", lengthMax: 64, pattern: IAM_NAME };
export const POLICY_NAME: TextTerms = { member: "policyName", lengthMax: 128, pattern: IAM_NAME };
export const ACCESS_KEY_ID: TextTerms = {
  member: "accessKeyId",
  lengthMin: 16,
  lengthMax: 128,
  pattern: /^\w+$/,
};

export function checkedText(text: string | undefined, terms: TextTerms): IamResult<string> {
  const { member, lengthMin = 1, lengthMax, pattern } = terms;
  if (text === undefined) return constraint("null", member, "Member must not be null");
  const length = [...text].length;
  if (length > lengthMax) {
    return constraint(
      quoted(text),
      member,
      `Member must have length less than or equal to ${lengthMax}`,
    );
  }
  if (length < lengthMin) {
    return constraint(
      quoted(text),
      member,
      `Member must have length greater than or equal to ${lengthMin}`,
    );
  }
  if (pattern === undefined || pattern.test(text)) return granted(text);
  return pattern === IAM_NAME
    ? invalid(
        `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
      )
    : constraint(
        quoted(text),
        member,
        `Member must satisfy regular expression pattern: ${pattern.source}`,
      );
}

export function checkedNumber(value: number, { member, min, max }: NumberTerms): IamResult<number> {
  if (value < min) {
    return constraint(
      `'${value}'`,
      member,
      `Member must have value greater than or equal to ${min}`,
    );
  }
  if (value > max) {
    return constraint(`'${value}'`, member, `Member must have value less than or equal to ${max}`);
  }
  return granted(value);
}

export type PageInput = { readonly Marker?: string; readonly MaxItems?: number };
export type IamPage = { readonly afterName: string; readonly limit: number };

export function checkedPage({ Marker, MaxItems }: PageInput): IamResult<IamPage> {
  const terms = { member: "maxItems", min: 1, max: LIST_ITEMS_MAX };
  const limit = checkedNumber(MaxItems ?? LIST_ITEMS_DEFAULT, terms);
  if (!limit.ok) return limit;
  const afterName = Marker === undefined ? "" : markedName(Marker);
  if (afterName === undefined)
    return invalid("The value of Marker is not one of an earlier answer.");
  return granted({ afterName, limit: limit.value });
}

/** What an answer says of the next page. */
export function pageEnd<Item>(
  { items, hasMore }: Listing<Item>,
  nameOf: (item: Item) => string,
): { readonly IsTruncated: boolean; readonly Marker?: string } {
  const last = items.at(-1);
  if (!hasMore || last === undefined) return { IsTruncated: false };
  return { IsTruncated: true, Marker: marker(nameOf(last)) };
}

/** Opaque to clients. */
export function marker(name: string): string {
  return Buffer.from(MARKER_MARK + name).toString("base64url");
}

export function markedName(text: string): string | undefined {
  const decoded = Buffer.from(text, "base64url").toString();
  return decoded.startsWith(MARKER_MARK) ? decoded.slice(MARKER_MARK.length) : undefined;
}

export function invalid(reason: string): IamResult<never> {
  return denied({ kind: "input-invalid", reason });
}

function constraint(value: string, member: string, rule: string): IamResult<never> {
  return invalid(
    `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${rule}`,
  );
}

function quoted(text: string): string {
  return `'${text.slice(0, ECHO_LENGTH_MAX)}'`;
}

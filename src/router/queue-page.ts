/**
 * Pages of queues, as ListQueues and ListDeadLetterSourceQueues give them. A page's token says after
 * which name the next one begins and what is listed; it is opaque to clients and checked when it comes
 * back.
 */
import { Buffer } from "node:buffer";
import { parseJsonObject } from "../domain/json-object.ts";
import { LIST_RESULTS_MAX } from "../domain/limits.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { QueueListing } from "../objects/account.ts";

export type PageInput = { readonly MaxResults?: number; readonly NextToken?: string };
export type Page = { readonly afterName: string; readonly limit: number };

/** `listed` says what is listed: a token of another listing is refused. */
export function checkedPage({ MaxResults, NextToken }: PageInput, listed: string): Result<Page> {
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > LIST_RESULTS_MAX)) {
    return invalid(
      "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.",
    );
  }
  const limit = MaxResults ?? LIST_RESULTS_MAX;
  if (NextToken === undefined) return accepted({ afterName: "", limit });
  if (MaxResults === undefined) {
    return invalid("MaxResults is a mandatory parameter when you provide a value for NextToken.");
  }
  const token = readToken(NextToken);
  if (token === undefined) return invalid("Invalid or expired next token.");
  if (token.listed !== listed) {
    return invalid(
      "Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.",
    );
  }
  return accepted({ afterName: token.afterName, limit });
}

/** Without MaxResults SQS gives up to 1,000 and no token. */
export function nextToken(
  { queueNames, hasMore }: QueueListing,
  { MaxResults }: PageInput,
  listed: string,
): { readonly NextToken?: string } {
  if (!hasMore || MaxResults === undefined) return {};
  const token = { listed, afterName: queueNames.at(-1) ?? "" };
  return { NextToken: Buffer.from(JSON.stringify(token)).toString("base64") };
}

function readToken(text: string): { listed: string; afterName: string } | undefined {
  const token = parseJsonObject(Buffer.from(text, "base64").toString());
  const { listed, afterName } = token ?? {};
  if (typeof listed !== "string" || typeof afterName !== "string") return undefined;
  return { listed, afterName };
}

function invalid(message: string): Result<never> {
  return refused({ kind: "request-invalid", message });
}

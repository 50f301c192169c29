/**
 * ListQueues: a page of the account's directory. A page's token says after which name the next one
 * begins and for which prefix it was made; it is opaque to clients and checked when it comes back.
 */
import { Buffer } from "node:buffer";
import { parseJsonObject } from "../domain/json-object.ts";
import { LIST_RESULTS_MAX } from "../domain/limits.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import type { Exchange } from "./exchange.ts";
import { accountStub } from "./object-directory.ts";
import { queueUrl } from "./queue-address.ts";

type Page = { readonly prefix: string; readonly afterName: string; readonly limit: number };

export async function listQueues(
  input: ActionInput<"ListQueues">,
  { caller, objects, endpoint }: Exchange,
): Promise<Result<ActionOutput<"ListQueues">>> {
  const page = checkedPage(input);
  if (!page.ok) return page;
  const { queueNames, hasMore } = await accountStub(objects, caller).listQueues(page.value);
  if (queueNames.length === 0) return accepted({});
  const QueueUrls = queueNames.map((queueName) => queueUrl(endpoint, { ...caller, queueName }));
  // Without MaxResults SQS gives up to 1,000 and no token.
  if (!hasMore || input.MaxResults === undefined) return accepted({ QueueUrls });
  const NextToken = printToken(page.value.prefix, queueNames.at(-1) ?? "");
  return accepted({ QueueUrls, NextToken });
}

function checkedPage({
  QueueNamePrefix,
  MaxResults,
  NextToken,
}: ActionInput<"ListQueues">): Result<Page> {
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > LIST_RESULTS_MAX)) {
    return invalid(
      "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.",
    );
  }
  const prefix = QueueNamePrefix ?? "";
  const limit = MaxResults ?? LIST_RESULTS_MAX;
  if (NextToken === undefined) return accepted({ prefix, afterName: "", limit });
  if (MaxResults === undefined) {
    return invalid("MaxResults is a mandatory parameter when you provide a value for NextToken.");
  }
  const token = readToken(NextToken);
  if (token === undefined) return invalid("Invalid or expired next token.");
  if (token.prefix !== prefix) {
    return invalid(
      "Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.",
    );
  }
  return accepted({ prefix, afterName: token.afterName, limit });
}

function printToken(prefix: string, afterName: string): string {
  return Buffer.from(JSON.stringify({ prefix, afterName })).toString("base64");
}

function readToken(text: string): { prefix: string; afterName: string } | undefined {
  const token = parseJsonObject(Buffer.from(text, "base64").toString());
  const { prefix, afterName } = token ?? {};
  if (typeof prefix !== "string" || typeof afterName !== "string") return undefined;
  return { prefix, afterName };
}

function invalid(message: string): Result<never> {
  return refused({ kind: "request-invalid", message });
}

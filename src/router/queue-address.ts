/**
 * Queue URLs: `{endpoint}/{12-digit account}/{queue name}`. Only the last two parts of a path count
 * and the host never does, so that a URL survives a move of the endpoint; a bare queue name is an
 * address too.
 */
import { isQueueName, type QueueIdentity } from "../domain/queue-name.ts";
import { type Caller, isAccountId } from "./caller.ts";

export function queueUrl(endpoint: string, identity: QueueIdentity): string {
  return `${endpoint}/${identity.accountId}/${identity.queueName}`;
}

/** Undefined when the text cannot be the address of any queue. */
export function parseQueueUrl(text: string, caller: Caller): QueueIdentity | undefined {
  const path = text.replace(/^https?:\/\/[^/]*/i, "");
  const parts = path.split("/").filter((part) => part !== "");
  const queueName = parts.at(-1);
  // A name that no queue can have is not worth an object, nor a place in any cache.
  if (queueName === undefined || !isQueueName(queueName)) return undefined;
  const accountId = parts.at(-2);
  if (accountId === undefined) return { ...caller, queueName };
  return isAccountId(accountId) ? { ...caller, accountId, queueName } : undefined;
}

/** Scheme, host and port of a request's absolute URL. On the hot path: no URL is parsed. */
export function endpointOf(requestUrl: string): string {
  return requestUrl.slice(0, requestUrl.indexOf("/", "https://".length));
}

/** The queue that a request's own path names, if it is a queue path. */
export function queueUrlOfPath(requestUrl: string): string | undefined {
  const path = requestUrl.slice(endpointOf(requestUrl).length);
  return path.length > 1 && QUEUE_PATH.test(path) ? path.split("?")[0] : undefined;
}

const QUEUE_PATH = /^\/\d{12}\/[^/?]+\/?(\?|$)/;

/**
 * Authorisation: whether whoever calls may do what a request asks for, by the policies of the caller and
 * of the queue. It is decided here and nowhere else, before the request's parameters are looked at, so
 * that somebody who may not know a queue learns nothing of it: one that is not there and one that is
 * not shared are refused in the same words.
 */
import { decide } from "../domain/policy/decision.ts";
import { anonymousDenialText, denialText } from "../domain/policy/denial-text.ts";
import { accountOf } from "../domain/policy/principal.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type Access, contextOf } from "./access.ts";
import type { Demand } from "./demands.ts";
import type { Exchange } from "./exchange.ts";
import { knownQueueAccess, type QueueAccess, queueAccess } from "./queue-access.ts";

/** Undefined if the caller may. Where access is open everybody may do everything. */
export async function accessRefusal(
  demands: readonly Demand[],
  exchange: Exchange,
): Promise<Refusal | undefined> {
  const { access } = exchange;
  if (access === undefined) return undefined;
  // A request that demands nothing is flawed, and its handler says how: to those who are somebody.
  if (demands.length === 0 && access.principal.kind === "anonymous") return stranger(exchange);
  const startedAtMs = Date.now();
  for (const demand of demands) {
    const refusal = await demandRefusal(demand, access, exchange);
    if (refusal === undefined) continue;
    if (accountOf(access.principal) !== demand.ownerId) await untilStep(startedAtMs);
    return refusal;
  }
  return undefined;
}

/**
 * How long a refusal takes would tell another account whether a queue is there and in use: a policy that is
 * at hand is read sooner than one that is not. So it comes at fixed times after the request.
 */
async function untilStep(startedAtMs: number): Promise<void> {
  const elapsedMs = Math.max(Date.now() - startedAtMs, 0);
  const waitMs = STRANGERS_STEP_MS - (elapsedMs % STRANGERS_STEP_MS);
  await new Promise((resolve) => setTimeout(resolve, waitMs));
}

/** Longer than an object takes to start. */
const STRANGERS_STEP_MS = 200;

async function demandRefusal(
  demand: Demand,
  access: Access,
  exchange: Exchange,
): Promise<Refusal | undefined> {
  const { principal, identityPolicies: identity } = access;
  const { queue } = demand;
  const known = queue === undefined ? OF_NO_QUEUE : knownQueueAccess(queue);
  const { policy, tags: resourceTags } = known ?? (await accessOf(demand, exchange));
  const { permission: action, resource, ownerId: resourceAccountId, requestTags, tagKeys } = demand;
  const context = contextOf(access, { requestTags, tagKeys, resourceTags });
  const request = { action, resource, resourceAccountId, principal, context };
  const decision = decide(request, { identity, resource: policy, session: undefined });
  if (decision.kind === "allowed") return undefined;
  if (principal.kind === "anonymous") return stranger(exchange);
  return { kind: "access-denied", reason: denialText(decision.denial, request) };
}

const OF_NO_QUEUE: QueueAccess = { policy: undefined, tags: new Map() };

async function accessOf(
  { queue }: Demand,
  { objects, background }: Exchange,
): Promise<QueueAccess> {
  if (queue === undefined) return OF_NO_QUEUE;
  return queueAccess(objects, queue, background);
}

function stranger({ endpoint, pathQueueUrl = "/" }: Exchange): Refusal {
  return { kind: "access-denied", reason: anonymousDenialText(`${endpoint}${pathQueueUrl}`) };
}

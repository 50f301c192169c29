/**
 * The exchange of a receive between the Worker and a Queue object, over fetch:
 *
 *   request   header `millrace-receive`: JSON {maxCount, visibilityTimeoutSeconds?, attemptId?,
 *             waitTimeSeconds?, openableFor?}, and an upgrade to WebSocket
 *   200       a packed delivery, perhaps an empty one
 *   101       nothing yet: the socket brings one packed delivery (binary), or the reason why none can
 *             come (text); header `millrace-wait-seconds` says for how long to wait
 *   204       nothing yet, and no place left to wait for it; the same header says how long the
 *             receiver would have waited
 *   409       a refusal as JSON
 */
import { assert } from "../domain/assert.ts";
import { packDelivery } from "../domain/delivery.ts";
import { parseJsonObject } from "../domain/json-object.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Result } from "../domain/result.ts";

export type ReceiveTerms = {
  readonly maxCount: number;
  /** Undefined: the queue's own. */
  readonly visibilityTimeoutSeconds: number | undefined;
  /** FIFO: the same one brings the same messages again. */
  readonly attemptId: string | undefined;
};

export type ReceiveRequest = ReceiveTerms & {
  /** Undefined: the queue's own. */
  readonly waitTimeSeconds: number | undefined;
  /**
   * The label of the encryption terms whose key the Worker has found usable; undefined where the
   * deployment has no keys.
   */
  readonly openableFor?: string | undefined;
};

/** A packed delivery, or for how long a receiver may wait for one. */
export type ReceiveAnswer =
  | { readonly kind: "delivery"; readonly packed: Uint8Array }
  | { readonly kind: "nothing"; readonly waitSeconds: number };

export function readReceiveRequest(request: Request): ReceiveRequest {
  const asked = parseJsonObject(request.headers.get("millrace-receive") ?? "");
  const { maxCount, visibilityTimeoutSeconds, waitTimeSeconds, attemptId, openableFor } =
    asked ?? {};
  assert(typeof maxCount === "number", "a receive says how many");
  return {
    maxCount,
    visibilityTimeoutSeconds: optionalNumber(visibilityTimeoutSeconds),
    waitTimeSeconds: optionalNumber(waitTimeSeconds),
    attemptId: typeof attemptId === "string" ? attemptId : undefined,
    openableFor: typeof openableFor === "string" ? openableFor : undefined,
  };
}

/** The answer, or for how many seconds the receiver may wait for it. */
export function responseOrWait(answer: Result<ReceiveAnswer>): Response | number {
  if (!answer.ok) return refusalResponse(answer.refusal);
  if (answer.value.kind === "delivery") return new Response(answer.value.packed);
  const { waitSeconds } = answer.value;
  return waitSeconds === 0 ? new Response(packDelivery([])) : waitSeconds;
}

export function refusalResponse(refusal: Refusal): Response {
  return new Response(JSON.stringify(refusal), { status: 409 });
}

/** Without a socket, where no place to wait is left. */
export function waitResponse(workerEnd: WebSocket | undefined, waitSeconds: number): Response {
  const headers = { "millrace-wait-seconds": String(waitSeconds) };
  return workerEnd === undefined
    ? new Response(null, { status: 204, headers })
    : new Response(null, { status: 101, webSocket: workerEnd, headers });
}

function optionalNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

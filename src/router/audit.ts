/**
 * Audit: one line of JSON for each call that changes something: who, what, which queue, how it ended, and
 * the request's id. It never holds what a message says, a receipt handle, a signature or a secret, and
 * is written after the call, so that it says what happened.
 */
import { arnOf, type Principal } from "../domain/policy/principal.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./caller.ts";

type AuditEnv = { readonly MILLRACE_AUDIT?: string };

export type AuditedCall = {
  readonly action: string;
  readonly resource: string | undefined;
  /** The error's name; undefined where nothing was refused. */
  readonly error: string | undefined;
  /** Of a batch: how many of its entries were refused. */
  readonly failedEntries?: number | undefined;
  readonly requestId: string;
};

/** Who calls; `access` is undefined where nobody is asked who he is. */
export type AuditedCaller = { readonly caller: Caller; readonly access: Access | undefined };

export function auditCall(
  env: AuditEnv,
  { caller, access }: AuditedCaller,
  call: AuditedCall,
): void {
  if (!isAudited(env, call.action)) return;
  const { accountId, region } = caller;
  const principal: Principal = access?.principal ?? { kind: "root", accountId };
  console.log(
    auditLine({
      action: call.action,
      outcome: call.error ?? "ok",
      accountId,
      region,
      principal: arnOf(principal) ?? principal.kind,
      accessKeyId: access?.accessKeyId,
      sourceIp: access?.origin.sourceIp,
      resource: call.resource?.slice(0, RESOURCE_CHARACTERS_MAX),
      failedEntries: call.failedEntries,
      requestId: call.requestId,
      atMs: Date.now(),
    }),
  );
}

/** Of a request that was refused before anybody knew whose it is: what it claims is not believed. */
export function auditRefusal(env: AuditEnv, { error, claimedKeyId, sourceIp }: UnknownCall): void {
  if (readAuditScope(env.MILLRACE_AUDIT) === "off") return;
  const at = new Date().toISOString();
  const isKeyId = claimedKeyId !== undefined && KEY_ID.test(claimedKeyId);
  const shown = { claimedKeyId: isKeyId ? claimedKeyId : undefined, sourceIp };
  console.log(JSON.stringify({ audit: "Authenticate", outcome: error, at, ...shown }));
}

/** A secret that a client shows in an id's place does not look so, nor does a text without end. */
const KEY_ID = /^[A-Z0-9]{16,128}$/;

export type UnknownCall = {
  readonly error: string;
  readonly claimedKeyId: string | undefined;
  readonly sourceIp: string | undefined;
};

/** "all": every change; "management": all but those of messages. */
export type AuditScope = "off" | "management" | "all";

type AuditEntry = {
  readonly action: string;
  readonly accountId: string;
  readonly region: string;
  /** An ARN, or `anonymous`. */
  readonly principal: string;
  readonly accessKeyId: string | undefined;
  readonly sourceIp: string | undefined;
  /** An ARN, or the name of what else it is about. */
  readonly resource: string | undefined;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  readonly failedEntries: number | undefined;
  readonly requestId: string;
  readonly atMs: number;
};

/** The longest ARN of a queue is not half as long; what a client calls a user may be. */
const RESOURCE_CHARACTERS_MAX = 256;

const MESSAGE_ACTIONS: readonly string[] = [
  "SendMessage",
  "SendMessageBatch",
  "ReceiveMessage",
  "DeleteMessage",
  "DeleteMessageBatch",
  "ChangeMessageVisibility",
  "ChangeMessageVisibilityBatch",
];
/** What only looks. */
const READ = /^(Get(?!SessionToken)|List|Describe)/;

/** A word that is none of the three is a slip of the pen, and no reason to write less. */
function readAuditScope(text = "off"): AuditScope {
  return text === "off" || text === "management" ? text : "all";
}

/** Whether a call of the action has a line. */
export function isAudited(env: AuditEnv, action: string): boolean {
  const scope = readAuditScope(env.MILLRACE_AUDIT);
  if (scope === "off" || READ.test(action)) return false;
  return scope === "all" || !MESSAGE_ACTIONS.includes(action);
}

/** `audit` comes first, so that whoever reads a log knows such a line by its beginning. */
function auditLine(entry: AuditEntry): string {
  return JSON.stringify({
    audit: entry.action,
    outcome: entry.outcome,
    failedEntries: entry.failedEntries,
    at: new Date(entry.atMs).toISOString(),
    account: entry.accountId,
    region: entry.region,
    principal: entry.principal,
    accessKeyId: entry.accessKeyId,
    sourceIp: entry.sourceIp,
    resource: entry.resource,
    requestId: entry.requestId,
  });
}

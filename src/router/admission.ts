/**
 * Admission: what happens to every request before anybody looks at what it asks, in this order: the gate,
 * the body's limit, the signature, the rate. What comes out says who calls; what is refused has cost as
 * little as it can.
 */
import { networkOf } from "../domain/policy/ip-range.ts";
import { arnOf, type Principal } from "../domain/policy/principal.ts";
import { wrongService } from "../protocol/sigv4/signature-errors.ts";
import type { WireError } from "../protocol/wire-error.ts";
import type { Access, Origin } from "./access.ts";
import type { KeyOwner, KeySource } from "./access-keys.ts";
import { type Authenticated, type Authentication, authenticate } from "./authentication.ts";
import { believedCaller, type Caller } from "./caller.ts";
import { type Env, homeOf } from "./env.ts";
import { isDeployed, type Passage, passGate } from "./gate.ts";
import { noteKeyUse } from "./key-uses.ts";
import type { Keyring } from "./keyring.ts";
import { isWithin, requestThrottled } from "./rate-limit.ts";
import { readBoundedBody } from "./request-body.ts";

export type Admitted = {
  readonly bytes: Uint8Array;
  readonly keyring: Keyring;
  readonly caller: Caller;
  /** Undefined where access is open. */
  readonly access: Access | undefined;
  /** The signing name that was verified. */
  readonly service: string | undefined;
  readonly owner: KeyOwner | undefined;
};

export type Refused = {
  readonly ok: false;
  readonly error: WireError;
  /** Undefined if it was not read. */
  readonly bytes?: Uint8Array;
  /** What the request claims. */
  readonly claimedKeyId?: string | undefined;
  readonly sourceIp?: string | undefined;
};

export type Admission = { readonly ok: true; readonly value: Admitted } | Refused;

type Background = (promise: Promise<unknown>) => void;

export async function admit(
  request: Request,
  env: Env,
  background: Background,
): Promise<Admission> {
  const home = homeOf(env);
  const gate = passGate(env, request, home);
  if (!gate.ok) return gate;
  const { keyring, root } = gate.value;
  const body = await readBoundedBody(request);
  if (!body.ok) return body;
  const { bytes } = body;
  if (root === undefined) {
    const caller = believedCaller(request, home);
    const nobody = { access: undefined, service: undefined, owner: undefined };
    return { ok: true, value: { bytes, keyring, caller, ...nobody } };
  }
  const known = await identified(request, bytes, env, gate.value);
  if (!known.ok) return { ...known, bytes };
  noteUse(known.value, env, background);
  return { ok: true, value: { bytes, keyring, ...known.value } };
}

/** The same for what is SQS's, whatever service else has an action of the name. */
export async function admitToSqs(
  request: Request,
  env: Env,
  background: Background,
): Promise<Admission> {
  const admission = await admit(request, env, background);
  if (!admission.ok) return admission;
  const { service, access } = admission.value;
  if (service === undefined || service === "sqs") return admission;
  const claimedKeyId = access?.accessKeyId;
  return {
    ok: false,
    error: wrongService(["sqs"]),
    claimedKeyId,
    sourceIp: access?.origin.sourceIp,
  };
}

async function identified(
  request: Request,
  bytes: Uint8Array,
  env: Env,
  { keyring, root }: Passage,
): Promise<Authentication | Refused> {
  const origin = originOf(request, isDeployed(env));
  // Counted apart, so that whoever makes up anonymous requests does not lock a neighbour's key out.
  const isNetworkWithin = (what: "key" | "anonymous") => {
    return isWithin(env.ADDRESS_RATE, `${what} ${networkOf(origin.sourceIp ?? "")}`);
  };
  const mayAsk = () => isNetworkWithin("key");
  const keys: KeySource = { objects: env, keyring, root, mayAsk };
  const terms = { keys, origin, home: homeOf(env), nowMs: Date.now() };
  const known = await authenticate(request, bytes, terms);
  if (!known.ok) return { ...known, sourceIp: origin.sourceIp };
  const { accessKeyId, principal } = known.value.access;
  const isAdmitted =
    accessKeyId === undefined
      ? await isNetworkWithin("anonymous")
      : await isUserWithin(env.KEY_RATE, principal);
  const refused: Refused = { ok: false, error: requestThrottled(), claimedKeyId: accessKeyId };
  return isAdmitted ? known : { ...refused, sourceIp: origin.sourceIp };
}

/** Where nothing is counted nobody waits for it. */
function isUserWithin(limit: RateLimit | undefined, principal: Principal): Promise<boolean> | true {
  return limit === undefined || isWithin(limit, arnOf(principal) ?? "");
}

/**
 * Cloudflare says from where a request came. Elsewhere the header is whatever a client wrote. Headers are
 * read when somebody asks, which most policies do not.
 */
function originOf({ url, headers }: Request, isBehindCloudflare: boolean): Origin {
  return {
    get sourceIp() {
      return isBehindCloudflare ? (headers.get("cf-connecting-ip") ?? undefined) : undefined;
    },
    get userAgent() {
      return headers.get("user-agent") ?? undefined;
    },
    isSecure: url.startsWith("https:"),
  };
}

function noteUse({ access, service, caller }: Authenticated, env: Env, background: Background) {
  const { accessKeyId } = access;
  if (accessKeyId === undefined || service === undefined) return;
  const use = { accessKeyId, usedAtMs: Date.now(), service, region: caller.region };
  const noted = noteKeyUse(env, use);
  if (noted !== undefined) background(noted);
}

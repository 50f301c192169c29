/**
 * The Hono app: what happens to a request, in this order: gate, limit of the body, signature, rate
 * (`router/admission.ts`), decoding, permission, handler (`router/perform.ts`), audit, answer. Whatever
 * is thrown below is a bug or the platform's refusal to work, and is answered in one place.
 */
import { type Context, Hono } from "hono";
import { type Decoded, unknownAction } from "./protocol/decoded.ts";
import { identityRefuser, MISSING_TOKEN, missingToken } from "./protocol/identity-protocol.ts";
import { claimedIdentityRequest, type IdentityRequest } from "./protocol/identity-service.ts";
import { peekProtocol } from "./protocol/peek-protocol.ts";
import type { WireError } from "./protocol/wire-error.ts";
import { type Refuser, type WireProtocol, wireProtocol } from "./protocol/wire-protocol.ts";
import { type Admitted, admit, admitToSqs, type Refused } from "./router/admission.ts";
import { attempted, thrownError } from "./router/attempt.ts";
import { auditCall, auditRefusal, isAudited } from "./router/audit.ts";
import type { Env } from "./router/env.ts";
import type { Exchange } from "./router/exchange.ts";
import { answerIam } from "./router/iam-answer.ts";
import { iamExchangeOf, identityAsked } from "./router/identity-asked.ts";
import { queueMetrics } from "./router/metrics.ts";
import { PEEK_PATH, peekMessages } from "./router/peek-action.ts";
import { perform } from "./router/perform.ts";
import { endpointOf, queueUrlOfPath } from "./router/queue-address.ts";
import { wireError } from "./router/refusal-error.ts";
import { deleteAllQueues } from "./router/reset.ts";
import { jsonAnswer, plainRefusal, respond } from "./router/response.ts";

type AppContext = Context<{ Bindings: Env }>;

const ALIVE = { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: "ok" };

export const app = new Hono<{ Bindings: Env }>();

app.get("/health", ({ env }) => respond(env, ALIVE, crypto.randomUUID()));
app.get("/_millrace/metrics", metrics);
app.post("/_millrace/reset", reset);
app.on(["POST", "GET"], `${PEEK_PATH}/*`, peek);
// One handler and no middleware: what a request costs before it reaches its queue is on every bill.
app.on(["POST", "GET"], "*", answer);
app.notFound(({ env }) => noOperation(env));
app.onError((error, context) => refusal(context.env, errorProtocol(context), thrownError(error)));

async function answer(context: AppContext): Promise<Response> {
  const { env } = context;
  const request = context.req.raw;
  const protocol = wireProtocol(request);
  if (protocol === undefined) return noOperation(env);
  const admission = await admit(request, env, backgroundOf(context));
  if (!admission.ok) return notAdmitted(context, protocol, admission);
  const admitted = admission.value;
  const toIdentity = identityAsked(request, admitted);
  if (toIdentity !== undefined) return identity(env, toIdentity, admitted);
  const decoded = decodedAction(request, protocol, admitted.bytes);
  if (!decoded.ok) return refusal(env, protocol, decoded.error);
  return done(context, protocol, decoded, admitted);
}

async function done(
  context: AppContext,
  protocol: WireProtocol,
  { action, input }: Extract<Decoded, { ok: true }>,
  admitted: Admitted,
): Promise<Response> {
  const { env } = context;
  const requestId = crypto.randomUUID();
  const exchange = exchangeOf(context, admitted);
  const wanted = { isResourceWanted: isAudited(env, action) };
  const { outcome, ...audited } = await perform(action, input, exchange, wanted);
  const error = outcome.ok ? undefined : outcome.error.shape;
  auditCall(env, admitted, { action, ...audited, error, requestId });
  const written = outcome.ok
    ? protocol.answer(action, outcome.value, requestId)
    : protocol.refuse(outcome.error, requestId);
  return respond(env, written, requestId);
}

function decodedAction(request: Request, protocol: WireProtocol, body: Uint8Array): Decoded {
  const decoded = protocol.decode(body);
  const isOnQueuePath = protocol.kind === "query" && queueUrlOfPath(request.url) !== undefined;
  return decoded.ok && isOnQueuePath && OF_NO_QUEUE.includes(decoded.action)
    ? unknownAction(decoded.action)
    : decoded;
}

/** Not valid at the path of a queue (recorded on SQS, in the Query protocol). */
const OF_NO_QUEUE: readonly string[] = ["CreateQueue", "ListQueues"];

/** Users, keys and accounts, which are other services' than queues. */
async function identity(env: Env, asked: IdentityRequest, admitted: Admitted): Promise<Response> {
  const requestId = crypto.randomUUID();
  const exchange = iamExchangeOf(admitted, env);
  if (exchange === undefined) {
    const sourceIp = admitted.access?.origin.sourceIp;
    auditRefusal(env, { error: MISSING_TOKEN, claimedKeyId: undefined, sourceIp });
    return respond(env, missingToken(asked.service, requestId), requestId);
  }
  const { action, subject, error, write } = await answerIam(asked, exchange);
  if (action !== undefined) {
    auditCall(env, admitted, { action, resource: subject, error: error?.code, requestId });
  }
  return respond(env, write(requestId), requestId);
}

function exchangeOf(context: AppContext, { caller, access, keyring }: Admitted): Exchange {
  const { req, env } = context;
  const request = req.raw;
  return {
    caller,
    access,
    endpoint: endpointOf(request.url),
    objects: env,
    keyring,
    signal: () => request.signal,
    background: backgroundOf(context),
    pathQueueUrl: queueUrlOfPath(request.url),
    traceHeader: request.headers.get("x-amzn-trace-id") ?? undefined,
  };
}

/** Keeps work going after the answer. */
function backgroundOf(context: AppContext) {
  return (promise: Promise<unknown>) => context.executionCtx.waitUntil(promise);
}

/** The bill of a queue's object or of one of its groups', for the bench and the account's root. */
async function metrics(context: AppContext): Promise<Response> {
  const { env, req } = context;
  const admission = await admitToSqs(req.raw, env, backgroundOf(context));
  if (!admission.ok) return plainlyNotAdmitted(env, admission);
  const asked = { queue: req.query("queue"), messageGroupId: req.query("group") };
  const measured = await queueMetrics(asked, exchangeOf(context, admission.value));
  return respond(env, measured, crypto.randomUUID());
}

/** LocalStack's way to see messages without receiving them. */
async function peek(context: AppContext): Promise<Response> {
  const { env, req } = context;
  const protocol = peekProtocol(req.raw);
  const admission = await admitToSqs(req.raw, env, backgroundOf(context));
  if (!admission.ok) return notAdmitted(context, protocol, admission);
  const decoded = protocol.decode(admission.value.bytes);
  if (!decoded.ok) return refusal(env, protocol, decoded.error);
  const shown = await peekMessages(decoded.input, req.path, exchangeOf(context, admission.value));
  if (!shown.ok) return refusal(env, protocol, wireError(shown.refusal));
  const requestId = crypto.randomUUID();
  return respond(env, protocol.answer(shown.value, requestId), requestId);
}

/** Deletes all queues of the caller's account and region. */
async function reset(context: AppContext): Promise<Response> {
  const { env, req } = context;
  const admission = await admitToSqs(req.raw, env, backgroundOf(context));
  if (!admission.ok) return plainlyNotAdmitted(env, admission);
  const deleted = await attempted(deleteAllQueues(exchangeOf(context, admission.value)));
  const requestId = crypto.randomUUID();
  const error = deleted.ok ? undefined : deleted.error.shape;
  auditCall(env, admission.value, { action: "Reset", resource: undefined, error, requestId });
  return deleted.ok
    ? respond(env, jsonAnswer({ deletedQueues: deleted.value }), requestId)
    : plainRefusal(env, deleted.error);
}

function plainlyNotAdmitted(env: Env, { error, claimedKeyId, sourceIp }: Refused): Response {
  auditRefusal(env, { error: error.shape, claimedKeyId, sourceIp });
  return plainRefusal(env, error);
}

/** In the form of the service that the request claims to be for. */
function notAdmitted(
  { env, req }: AppContext,
  protocol: Refuser,
  { error, bytes, claimedKeyId, sourceIp }: Refused,
): Response {
  const asked = bytes === undefined ? undefined : claimedIdentityRequest(req.raw, bytes);
  auditRefusal(env, { error: error.shape, claimedKeyId, sourceIp });
  return refusal(env, asked === undefined ? protocol : identityRefuser(asked.service), error);
}

function errorProtocol({ req }: AppContext): Refuser | undefined {
  return req.path.startsWith(PEEK_PATH) ? peekProtocol(req.raw) : wireProtocol(req.raw);
}

function refusal(env: Env, protocol: Refuser | undefined, error: WireError): Response {
  if (protocol === undefined) return noOperation(env);
  const requestId = crypto.randomUUID();
  return respond(env, protocol.refuse(error, requestId), requestId);
}

/** What names no action at all, whoever asks (recorded on SQS). */
function noOperation(env: Env): Response {
  const headers = { "content-type": "text/xml" };
  const body = "<UnknownOperationException/>\n";
  return respond(env, { status: 404, headers, body }, crypto.randomUUID());
}

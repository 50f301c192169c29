/**
 * The Hono app: what happens to a request, in this order: health, access, limit of the body, parse,
 * dispatch, answer. Whatever is thrown below is a bug or the platform's refusal to work, and is
 * answered in one place.
 *
 * Deployed, it fails closed: without authentication only the local server may open it.
 */
import { type Context, Hono } from "hono";
import { assert } from "./domain/assert.ts";
import { queueUidText } from "./domain/object-name.ts";
import { type Decoded, unknownAction } from "./protocol/decoded.ts";
import { claimedIdentityRequest, type IdentityRequest } from "./protocol/identity-service.ts";
import { peekProtocol } from "./protocol/peek-protocol.ts";
import type { WireAnswer } from "./protocol/wire-answer.ts";
import type { WireError } from "./protocol/wire-error.ts";
import { type WireProtocol, wireProtocol } from "./protocol/wire-protocol.ts";
import { believedIamExchange } from "./router/believed-iam-exchange.ts";
import { believedCaller } from "./router/caller.ts";
import { dispatch } from "./router/dispatch.ts";
import type { Exchange } from "./router/exchange.ts";
import { fifoTerms } from "./router/fifo-terms-cache.ts";
import { HttpDate } from "./router/http-date.ts";
import { answerIam } from "./router/iam-answer.ts";
import { type KeyringSecrets, keyringOf } from "./router/keyring.ts";
import { groupStub, type Objects, queueStub } from "./router/object-directory.ts";
import { PEEK_PATH, peekMessages } from "./router/peek-action.ts";
import { endpointOf, parseQueueUrl, queueUrlOfPath } from "./router/queue-address.ts";
import { wireError } from "./router/refusal-error.ts";
import { readBoundedBody } from "./router/request-body.ts";
import { deleteAllQueues } from "./router/reset.ts";

export type Env = Objects &
  KeyringSecrets & {
    /** "open": requests are not authenticated. Only the local server sets it. */
    readonly MILLRACE_ACCESS?: string;
    readonly MILLRACE_REGION?: string;
    readonly MILLRACE_ACCOUNT_ID?: string;
  };

type AppContext = Context<{ Bindings: Env }>;

const httpDate = new HttpDate();

export const app = new Hono<{ Bindings: Env }>();

app.get("/health", (context) => context.text("ok"));
app.get("/_millrace/metrics", metrics);
app.post("/_millrace/reset", reset);
app.on(["POST", "GET"], `${PEEK_PATH}/*`, peek);
// One handler and no middleware: what a request costs before it reaches its queue is on every bill.
app.on(["POST", "GET"], "*", answer);
app.notFound(() => noOperation());
app.onError((error, context) => refusal(errorProtocol(context), thrown(error)));

async function answer(context: AppContext): Promise<Response> {
  const request = context.req.raw;
  const protocol = wireProtocol(request);
  if (protocol === undefined) return noOperation();
  const closed = closure(context.env);
  if (closed !== undefined) return refusal(protocol, closed);
  const decoded = await decodedRequest(request, protocol);
  if ("service" in decoded) return identity(context, decoded);
  if (!decoded.ok) return refusal(protocol, decoded.error);
  const { action, input } = decoded;
  const result = await dispatch(action, input, exchangeOf(context));
  if (!result.ok) return refusal(protocol, wireError(result.refusal));
  return respond((requestId) => protocol.answer(action, result.value, requestId));
}

/** The bytes of the body are given up here: a long poll would hold on to them while it waits. */
async function decodedRequest(
  request: Request,
  protocol: WireProtocol,
): Promise<Decoded | IdentityRequest> {
  const body = await readBoundedBody(request);
  if (!body.ok) return body;
  const toIdentity = claimedIdentityRequest(request, body.bytes);
  if (toIdentity !== undefined) return toIdentity;
  const decoded = protocol.decode(body.bytes);
  const isOnQueuePath = protocol.kind === "query" && queueUrlOfPath(request.url) !== undefined;
  return decoded.ok && isOnQueuePath && OF_NO_QUEUE.includes(decoded.action)
    ? unknownAction(decoded.action)
    : decoded;
}

/** Users, keys and accounts, which are other services' than queues. */
async function identity({ req, env }: AppContext, request: IdentityRequest): Promise<Response> {
  const answered = await answerIam(request, believedIamExchange(req.raw, env, fallbackCaller(env)));
  return respond(answered.write);
}

/** Not valid at the path of a queue (recorded on SQS, in the Query protocol). */
const OF_NO_QUEUE: readonly string[] = ["CreateQueue", "ListQueues"];

function exchangeOf(context: AppContext): Exchange {
  const { req, env } = context;
  const request = req.raw;
  const keyring = keyringOf(env);
  assert(keyring !== undefined, "nothing is done for anybody without a keyring");
  return {
    caller: believedCaller(request, fallbackCaller(env)),
    endpoint: endpointOf(request.url),
    objects: env,
    keyring,
    signal: () => request.signal,
    background: (promise) => context.executionCtx.waitUntil(promise),
    pathQueueUrl: queueUrlOfPath(request.url),
    traceHeader: request.headers.get("x-amzn-trace-id") ?? undefined,
  };
}

function fallbackCaller(env: Env) {
  return {
    accountId: env.MILLRACE_ACCOUNT_ID ?? "000000000000",
    region: env.MILLRACE_REGION ?? "us-east-1",
  };
}

const NO_CREDENTIALS: WireError = {
  shape: "AccessDeniedException",
  message: "This deployment of Millrace has no credentials and refuses every request.",
};

const NO_KEYRING: WireError = {
  shape: "AccessDeniedException",
  message: "This deployment of Millrace cannot read its encryption keys and refuses every request.",
};

/** Why every request is refused; the log tells as well. */
function closure(env: Env): WireError | undefined {
  if (env.MILLRACE_ACCESS !== "open") {
    console.error("refused: this deployment has no credentials to check requests against");
    return NO_CREDENTIALS;
  }
  return keyringOf(env) === undefined ? NO_KEYRING : undefined;
}

/** The bill of a queue's object or of one of its groups', for the bench; only where access is open. */
async function metrics(context: AppContext): Promise<Response> {
  const closed = closure(context.env);
  if (closed !== undefined) return context.text(`${closed.message}\n`, 403);
  const address = context.req.query("queue") ?? "";
  const identity = parseQueueUrl(
    address,
    believedCaller(context.req.raw, fallbackCaller(context.env)),
  );
  if (identity === undefined) return context.text("no such queue\n", 404);
  const queue = queueStub(context.env, identity);
  const messageGroupId = context.req.query("group");
  if (messageGroupId === undefined) return context.json(await queue.metrics());
  const { background } = exchangeOf(context);
  const terms = await fifoTerms(queue, identity, background);
  if (!terms.ok) return context.text("no such FIFO queue\n", 404);
  const queueUid = queueUidText(terms.value.issuer.uid);
  const { region } = identity;
  return context.json(await groupStub(context.env, { queueUid, messageGroupId, region }).metrics());
}

/** LocalStack's way to see messages without receiving them; only where access is open. */
async function peek(context: AppContext): Promise<Response> {
  const protocol = peekProtocol(context.req.raw);
  const closed = closure(context.env);
  if (closed !== undefined) return refusal(protocol, closed);
  const body = await readBoundedBody(context.req.raw);
  const decoded = body.ok ? protocol.decode(body.bytes) : body;
  if (!decoded.ok) return refusal(protocol, decoded.error);
  const shown = await peekMessages(decoded.input, context.req.path, exchangeOf(context));
  if (!shown.ok) return refusal(protocol, wireError(shown.refusal));
  return respond((requestId) => protocol.answer(shown.value, requestId));
}

/** Deletes all queues of the caller's account and region; only where access is open. */
async function reset(context: AppContext): Promise<Response> {
  const closed = closure(context.env);
  if (closed !== undefined) return context.text(`${closed.message}\n`, 403);
  return context.json({ deletedQueues: await deleteAllQueues(exchangeOf(context)) });
}

function errorProtocol({ req }: AppContext): Refuser | undefined {
  return req.path.startsWith(PEEK_PATH) ? peekProtocol(req.raw) : wireProtocol(req.raw);
}

/** Overload and restarts of objects are for the client to retry; anything else is a bug. */
function thrown(error: Error): WireError {
  if ("retryable" in error || "overloaded" in error || "durableObjectReset" in error) {
    console.warn(`an object could not answer: ${error.message}`);
    return {
      shape: "ServiceUnavailable",
      message: "The service is temporarily unavailable; try again.",
    };
  }
  console.error(error);
  return {
    shape: "InternalFailure",
    message: "The request failed because of an internal error.",
  };
}

type Refuser = Pick<WireProtocol, "refuse">;

function refusal(protocol: Refuser | undefined, error: WireError): Response {
  return protocol === undefined
    ? noOperation()
    : respond((requestId) => protocol.refuse(error, requestId));
}

/** What names no action at all, whoever asks (recorded on SQS). */
function noOperation(): Response {
  const headers = { "content-type": "text/xml" };
  return respond(() => ({ status: 404, headers, body: "<UnknownOperationException/>\n" }));
}

function respond(write: (requestId: string) => WireAnswer): Response {
  const requestId = crypto.randomUUID();
  const { status, headers, body } = write(requestId);
  const date = httpDate.at(Date.now());
  return new Response(body, {
    status,
    headers: { ...headers, "x-amzn-requestid": requestId, date },
  });
}

/**
 * IamAnswer: a request to IAM, STS or Organizations from its bytes to its answer, and the table of their
 * actions: a missing one does not compile. Who calls was proved before.
 */
import { denied, type IamResult } from "../domain/iam-refusal.ts";
import type {
  IdentityAction,
  IdentityInput,
  IdentityOutput,
} from "../protocol/identity-actions.ts";
import {
  decodeIdentity,
  encodeIdentityAnswer,
  encodeIdentityError,
  type IdentityError,
  identityError,
} from "../protocol/identity-protocol.ts";
import type { IdentityRequest, IdentityService } from "../protocol/identity-service.ts";
import type { WireAnswer } from "../protocol/wire-answer.ts";
import { thrownError } from "./attempt.ts";
import { iamError } from "./iam-error.ts";
import type { IamExchange } from "./iam-exchange.ts";
import {
  createAccessKey,
  deleteAccessKey,
  getAccessKeyLastUsed,
  listAccessKeys,
  updateAccessKey,
} from "./iam-key-actions.ts";
import {
  deleteUserPolicy,
  getUserPolicy,
  listUserPolicies,
  putUserPolicy,
} from "./iam-policy-actions.ts";
import { createUser, deleteUser, getUser, listUsers } from "./iam-user-actions.ts";
import {
  createAccount,
  describeAccount,
  describeCreateAccountStatus,
  listAccounts,
} from "./organizations-actions.ts";
import { assumeRoot, getCallerIdentity, getSessionToken } from "./sts-actions.ts";

/** What was done, for whoever writes it down, and the answer. */
export type IamAnswer = {
  /** Undefined where the request names none. */
  readonly action: IdentityAction | undefined;
  /** The user or account that it is about, where it names one. */
  readonly subject: string | undefined;
  /** Undefined where nothing was refused. */
  readonly error: IdentityError | undefined;
  readonly write: (requestId: string) => WireAnswer;
};

type Handler<A extends IdentityAction> = (
  input: IdentityInput<A>,
  exchange: IamExchange,
) => Promise<IamResult<IdentityOutput<A>>>;

const HANDLERS: { readonly [A in IdentityAction]: Handler<A> } = {
  AssumeRoot: assumeRoot,
  CreateAccessKey: createAccessKey,
  CreateAccount: createAccount,
  CreateUser: createUser,
  DeleteAccessKey: deleteAccessKey,
  DeleteUser: deleteUser,
  DeleteUserPolicy: deleteUserPolicy,
  DescribeAccount: describeAccount,
  DescribeCreateAccountStatus: describeCreateAccountStatus,
  GetAccessKeyLastUsed: getAccessKeyLastUsed,
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
  GetUser: getUser,
  GetUserPolicy: getUserPolicy,
  ListAccessKeys: listAccessKeys,
  ListAccounts: listAccounts,
  ListUserPolicies: listUserPolicies,
  ListUsers: listUsers,
  PutUserPolicy: putUserPolicy,
  UpdateAccessKey: updateAccessKey,
};

export async function answerIam(
  request: IdentityRequest,
  exchange: IamExchange,
): Promise<IamAnswer> {
  const { service } = request;
  const decoded = decodeIdentity(request);
  if (!decoded.ok) return refusal(service, NOTHING, decoded.error);
  const { action, input } = decoded;
  const asked = { action, subject: subjectOf(input) };
  const tried = await attempt(service, { action, input }, exchange);
  if (!tried.ok) return refusal(service, asked, tried.error);
  const answer = { action, output: tried.output };
  const named = [asked.subject, madeKeyOf(tried.output)].filter((name) => name !== undefined);
  return {
    action,
    subject: named.length === 0 ? undefined : named.join(" "),
    error: undefined,
    write: (requestId) => encodeIdentityAnswer(service, answer, requestId),
  };
}

type Attempt<A extends IdentityAction> =
  | { readonly ok: true; readonly output: IdentityOutput<A> }
  | { readonly ok: false; readonly error: IdentityError };

/** What was thrown may have been done nevertheless, and is an answer like any other. */
async function attempt<A extends IdentityAction>(
  service: IdentityService,
  call: { action: A; input: IdentityInput<A> },
  exchange: IamExchange,
): Promise<Attempt<A>> {
  try {
    const result = await run(service, call, exchange);
    if (result.ok) return { ok: true, output: result.value };
    return { ok: false, error: iamError(service, result.refusal) };
  } catch (error) {
    return { ok: false, error: identityError(service, thrownError(error)) };
  }
}

/** A session of GetSessionToken cannot call IAM, which could make it last (STS API reference, GetSessionToken). */
async function run<A extends IdentityAction>(
  service: IdentityService,
  { action, input }: { action: A; input: IdentityInput<A> },
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<A>>> {
  if (service === "iam" && exchange.credential.kind === "session-token") {
    return denied({ kind: "credential-temporary" });
  }
  return HANDLERS[action](input, exchange);
}

type Asked = Pick<IamAnswer, "action" | "subject">;

const NOTHING: Asked = { action: undefined, subject: undefined };

const SUBJECTS = ["UserName", "PolicyName", "AccessKeyId", "AccountName", "TargetPrincipal"];

/** Of the names in a request those that say what it is about: `alice MRK…` of a key that is deleted. */
function subjectOf(input: object): string | undefined {
  const members = new Map<string, unknown>(Object.entries(input));
  const named = SUBJECTS.map((name) => members.get(name)).filter((one) => typeof one === "string");
  return named.length === 0 ? undefined : named.join(" ");
}

/** The id of a key that was made, which its request cannot name. */
function madeKeyOf(output: IdentityOutput<IdentityAction>): string | undefined {
  if (output === undefined) return undefined;
  if ("AccessKey" in output) return output.AccessKey?.AccessKeyId;
  return "Credentials" in output ? output.Credentials?.AccessKeyId : undefined;
}

function refusal(service: IdentityService, asked: Asked, error: IdentityError): IamAnswer {
  return {
    ...asked,
    error,
    write: (requestId) => encodeIdentityError(service, error, requestId),
  };
}

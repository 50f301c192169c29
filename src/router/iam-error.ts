/**
 * The one place where a refusal of IAM, STS or Organizations becomes a code, a status and a text of its
 * service.
 */
import { unreachable } from "../domain/assert.ts";
import {
  ACCESS_KEYS_PER_USER_MAX,
  ACCOUNTS_MAX,
  USER_POLICIES_CHARACTERS_MAX,
  USERS_MAX,
} from "../domain/iam-limits.ts";
import type { IamRefusal } from "../domain/iam-refusal.ts";
import type { IdentityError } from "../protocol/identity-protocol.ts";
import type { IdentityService } from "../protocol/identity-service.ts";

export function iamError(service: IdentityService, refusal: IamRefusal): IdentityError {
  switch (refusal.kind) {
    case "user-does-not-exist":
      return noEntity(`The user with name ${refusal.userName} cannot be found.`);
    case "access-key-does-not-exist":
      return noEntity(`The Access Key with id ${refusal.accessKeyId} cannot be found.`);
    case "user-policy-does-not-exist":
      return noEntity(`The user policy with name ${refusal.policyName} cannot be found.`);
    case "user-exists":
      return error(
        "EntityAlreadyExists",
        409,
        `User with name ${refusal.userName} already exists.`,
      );
    case "user-has-access-keys":
      return error("DeleteConflict", 409, "Cannot delete entity, must delete access keys first.");
    case "user-has-policies":
      return error("DeleteConflict", 409, "Cannot delete entity, must delete policies first.");
    case "too-many-users":
      return overLimit(`Cannot exceed quota for UsersPerAccount: ${USERS_MAX}`);
    case "too-many-access-keys":
      return overLimit(`Cannot exceed quota for AccessKeysPerUser: ${ACCESS_KEYS_PER_USER_MAX}`);
    case "user-policies-too-long":
      return overLimit(
        `Maximum policy size of ${USER_POLICIES_CHARACTERS_MAX} bytes exceeded for user ${refusal.userName}`,
      );
    case "policy-malformed":
      return error("MalformedPolicyDocument", 400, refusal.reason);
    default:
      return generalError(service, refusal);
  }
}

type General = Exclude<
  IamRefusal,
  {
    kind:
      | `user-${string}`
      | `too-many-${"users" | "access-keys"}`
      | "policy-malformed"
      | "access-key-does-not-exist";
  }
>;

function generalError(service: IdentityService, refusal: General): IdentityError {
  const isJson = service === "organizations";
  switch (refusal.kind) {
    case "input-invalid":
      return error(isJson ? "InvalidInputException" : "ValidationError", 400, refusal.reason);
    case "not-allowed":
      return error("AccessDenied", 403, refusal.reason);
    case "credential-temporary":
      return error(
        "InvalidClientTokenId",
        403,
        "The security token included in the request is invalid",
      );
    case "no-root-key":
      return error(
        "AccessDenied",
        403,
        "This deployment of Millrace has no root key in MILLRACE_ROOT_KEYS and keeps no secrets.",
      );
    case "too-many-sessions":
      return error("Throttling", 400, "Rate exceeded");
    default:
      // All that is left: a kind that belongs nowhere does not compile here.
      return accountError(refusal);
  }
}

type AboutAccounts = Extract<
  IamRefusal,
  { kind: `account-${string}` | "too-many-accounts" | "not-of-the-deployment" }
>;

/** What Organizations alone says. */
function accountError(refusal: AboutAccounts): IdentityError {
  switch (refusal.kind) {
    case "not-of-the-deployment":
      return error(
        "AccessDeniedException",
        400,
        "You don't have permissions to access this resource.",
      );
    case "account-does-not-exist":
      return error("AccountNotFoundException", 400, "You specified an account that doesn't exist.");
    case "account-creation-does-not-exist":
      return error(
        "CreateAccountStatusNotFoundException",
        400,
        "You specified a create account request ID that doesn't exist.",
      );
    case "too-many-accounts":
      return error(
        "ConstraintViolationException",
        400,
        `This deployment of Millrace has at most ${ACCOUNTS_MAX} accounts.`,
      );
    default:
      return unreachable(refusal);
  }
}

function noEntity(message: string): IdentityError {
  return error("NoSuchEntity", 404, message);
}

function overLimit(message: string): IdentityError {
  return error("LimitExceeded", 409, message);
}

function error(code: string, httpStatus: number, message: string): IdentityError {
  return { code, httpStatus, message };
}

/**
 * IamRefusal: what a caller of IAM, STS or Organizations may be told no for, as a value with its evidence.
 * As with `refusal.ts`, the services' codes and texts are not known here: `router/iam-error.ts` has them.
 */
export type IamRefusal =
  | { readonly kind: "user-does-not-exist"; readonly userName: string }
  | { readonly kind: "user-exists"; readonly userName: string }
  | { readonly kind: "user-has-access-keys" }
  | { readonly kind: "user-has-policies" }
  | { readonly kind: "too-many-users" }
  | { readonly kind: "access-key-does-not-exist"; readonly accessKeyId: string }
  | { readonly kind: "too-many-access-keys" }
  | { readonly kind: "user-policy-does-not-exist"; readonly policyName: string }
  | { readonly kind: "user-policies-too-long"; readonly userName: string }
  | { readonly kind: "policy-malformed"; readonly reason: string }
  | { readonly kind: "too-many-sessions" }
  /** `reason` is a whole sentence. */
  | { readonly kind: "input-invalid"; readonly reason: string }
  | { readonly kind: "not-allowed"; readonly reason: string }
  /** What a temporary credential cannot be used for, whatever policies say. */
  | { readonly kind: "credential-temporary" }
  | { readonly kind: "no-root-key" }
  | { readonly kind: "not-of-the-deployment" }
  | { readonly kind: "account-does-not-exist" }
  | { readonly kind: "account-creation-does-not-exist" }
  | { readonly kind: "too-many-accounts" };

export type IamResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: IamRefusal };

/** Fits any IamResult. */
export function denied(refusal: IamRefusal): { readonly ok: false; readonly refusal: IamRefusal } {
  return { ok: false, refusal };
}

/** Wraps an answer. */
export function granted<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/**
 * RateLimit: how much one user, or one network without a key, may ask of a deployment. Cloudflare
 * counts, in each of its places, by the binding in wrangler.toml; where there is no binding, as on a
 * local server, nothing is counted.
 */
import type { WireError } from "../protocol/wire-error.ts";

export type RateLimits = {
  /** Requests of a user, over all keys and sessions. */
  readonly KEY_RATE?: RateLimit;
  /** Of a network: requests without a signature, and questions after keys that nobody knows yet. */
  readonly ADDRESS_RATE?: RateLimit;
};

/** An error of the counter lets the request through: it protects a bill, not a secret. */
export async function isWithin(limit: RateLimit | undefined, key: string): Promise<boolean> {
  if (limit === undefined) return true;
  try {
    return (await limit.limit({ key })).success;
  } catch (error) {
    console.warn(`a rate could not be counted: ${String(error)}`);
    return true;
  }
}

export function requestThrottled(): WireError {
  return { shape: "RequestThrottled", message: "Request is throttled." };
}

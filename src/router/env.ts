/**
 * Env: what wrangler.toml, the deployment's secrets or the local server bring a Worker. Everything that is
 * optional here may be absent, and whoever needs it says what it does without.
 */
import type { Caller } from "./caller.ts";
import type { GateEnv } from "./gate.ts";
import type { Objects } from "./object-directory.ts";
import type { RateLimits } from "./rate-limit.ts";

export type Env = Objects &
  GateEnv &
  RateLimits & {
    readonly MILLRACE_REGION?: string;
    /** "all", "management" or "off": see `audit.ts`. */
    readonly MILLRACE_AUDIT?: string;
  };

/** Where requests are at home that name no account or region. */
export function homeOf(env: Env): Caller {
  return {
    accountId: env.MILLRACE_ACCOUNT_ID ?? "000000000000",
    region: env.MILLRACE_REGION ?? "us-east-1",
  };
}

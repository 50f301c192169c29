/**
 * Whoever carries a signed request cannot change it: random mutations of valid requests are refused,
 * unless they mean the same. What means the same is defined here once more, from the rules of SigV4 and
 * not from the verifier's code. SIGV4_MUTATIONS sets how many (5,000 by default), MILLRACE_SEED repeats.
 */
import { expect, it } from "vitest";
import { readClaim } from "../../src/protocol/sigv4/claim.ts";
import { isSigned, signingKey } from "../../src/protocol/sigv4/signature.ts";
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";
import { randomSignable, type Signable } from "../support/random-signable.ts";
import { meaningOf } from "../support/request-meaning.ts";
import { mutated } from "../support/request-mutations.ts";
import { signedByAws4fetch, signedBySmithy } from "../support/request-signers.ts";
import { SeededRandom, seedOfRun } from "../support/seeded-random.ts";

const MUTATIONS = Number(process.env.SIGV4_MUTATIONS ?? 5_000);
const MUTATIONS_PER_REQUEST = 20;
const SEED = seedOfRun();

it(`${MUTATIONS} mutations that mean something else are refused (MILLRACE_SEED=${SEED})`, {
  timeout: 600_000,
}, async () => {
  const random = new SeededRandom(SEED);
  let refused = 0;
  let same = 0;
  while (refused < MUTATIONS) {
    const signable = randomSignable(random);
    const isAws4fetch = random.isLikely(0.5) && !hasPresignedSpace(signable);
    const request = await (isAws4fetch ? signedByAws4fetch : signedBySmithy)(signable);
    expect(await isVerified(signable, request)).toBe(true);
    const meaning = meaningOf(request);
    for (let index = 0; index < MUTATIONS_PER_REQUEST; index++) {
      const mutant = mutated(request, random);
      // It may be refused all the same: reading is stricter than it has to be.
      if (meaningOf(mutant) === meaning) same++;
      else if (await isVerified(signable, mutant)) expect(shown(mutant)).toBe(shown(request));
      else refused++;
    }
  }
  // Otherwise what means the same would be drawn too wide.
  expect(same).toBeLessThan(refused / 2);
});

async function isVerified(signable: Signable, request: SignedRequest): Promise<boolean> {
  const reading = readClaim(request, { nowMs: signable.signedAtMs, services: ["sqs", "iam"] });
  if (reading.kind !== "claimed") return false;
  const { claim } = reading;
  const isKnown = claim.accessKeyId === signable.accessKeyId;
  const isTokenRight = claim.sessionToken === signable.sessionToken;
  const key = await signingKey(signable.secret, claim);
  return (await isSigned(claim, request, key)) && isKnown && isTokenRight;
}

function hasPresignedSpace({ isPresigned, query }: Signable): boolean {
  return isPresigned && JSON.stringify([...query]).includes(" ");
}

function shown({ method, url, headers, body }: SignedRequest): string {
  return JSON.stringify({ method, url, headers: [...headers], body: String(body) }, null, 1);
}

/**
 * The verifier agrees with the libraries that sign: what they sign is verified, with every header and
 * parameter, and with another key it is not. The seed of a run is in the name of what fails.
 */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { readClaim } from "../../src/protocol/sigv4/claim.ts";
import { isSigned, signingKey } from "../../src/protocol/sigv4/signature.ts";
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";
import { randomSignable, type Signable } from "../support/random-signable.ts";
import { signedByAws4fetch, signedBySmithy } from "../support/request-signers.ts";
import { SeededRandom, seedOfRun } from "../support/seeded-random.ts";

/** What the client hands to whoever sends it. */
type SdkRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
};

const REQUESTS = 1_000;
const SEED = seedOfRun();

describe(`of random requests (MILLRACE_SEED=${SEED})`, () => {
  it("all that @smithy/signature-v4 signs are verified", async () => {
    await expectAgreement(new SeededRandom(SEED), signedBySmithy);
  });

  it("all that aws4fetch signs are verified, but for spaces that it presigns", async () => {
    await expectAgreement(new SeededRandom(SEED), (signable) =>
      signedByAws4fetch(signable.isPresigned ? withoutSpaces(signable) : signable),
    );
  });

  it("those are not verified in which a plus stands for a space", async () => {
    const drawn = randomSignable(new SeededRandom(SEED));
    const signable = { ...drawn, isPresigned: true, query: new Map([["a", ["b c"]]]) };
    const request = await signedByAws4fetch(signable);
    expect(request.url).toContain("a=b+c");
    expect(await isVerified(signable, request)).toBe(false);
    const spelled = { ...request, url: request.url.replace("b+c", "b%20c") };
    expect(await isVerified(signable, spelled)).toBe(true);
  });

  it("all are verified whose Accept-Encoding a proxy replaced, if the client's is known", async () => {
    const random = new SeededRandom(SEED);
    for (let index = 0; index < REQUESTS / 10; index++) {
      const drawn = randomSignable(random);
      const signable = {
        ...drawn,
        headers: new Map([...drawn.headers, ["accept-encoding", "br"]]),
      };
      const request = await signedBySmithy(signable);
      request.headers.set("accept-encoding", "gzip");
      expect(await isVerified(signable, request)).toBe(false);
      expect(await isVerified(signable, { ...request, acceptEncoding: "br" })).toBe(true);
    }
  });
});

it("what the AWS SDK's client sends is verified", async () => {
  const sent: SignedRequest[] = [];
  const client = new SQSClient({
    endpoint: "http://localhost:8787",
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s", sessionToken: "t" },
    maxAttempts: 1,
    requestHandler: {
      handle: async ({ method, path, headers, body }: SdkRequest) => {
        const url = `http://localhost:8787${path}`;
        sent.push({ method, url, headers: new Headers(headers), body: Uint8Array.from(body) });
        throw new Error("It is not sent on.");
      },
    },
  });
  const QueueUrl = "http://localhost:8787/000000000000/orders";
  const sending = client.send(new SendMessageCommand({ QueueUrl, MessageBody: "é" }));
  await expect(sending).rejects.toThrow("It is not sent on.");
  const [request] = sent;
  if (request === undefined) throw new Error("Nothing was sent.");
  const reading = readClaim(request, { nowMs: Date.now(), services: ["sqs"] });
  if (reading.kind !== "claimed") throw new Error(`It is ${JSON.stringify(reading)}`);
  expect(reading.claim).toMatchObject({ region: "eu-west-1", sessionToken: "t" });
  expect(await isSigned(reading.claim, request, await signingKey("s", reading.claim))).toBe(true);
});

/** It writes them as `+`, as forms do, and signs them as `%20`: in SigV4 a `+` is a plus. */
function withoutSpaces(signable: Signable): Signable {
  const query = [...signable.query].map(
    ([name, values]) =>
      [name.replaceAll(" ", "_"), values.map((value) => value.replaceAll(" ", "_"))] as const,
  );
  return { ...signable, query: new Map(query) };
}

async function expectAgreement(
  random: SeededRandom,
  sign: (signable: Signable) => Promise<SignedRequest>,
): Promise<void> {
  for (let index = 0; index < REQUESTS; index++) {
    const signable = randomSignable(random);
    const request = await sign(signable);
    const where = `${signable.method} ${request.url} ${JSON.stringify([...request.headers])}`;
    expect(await isVerified(signable, request), where).toBe(true);
    expect(await isVerified({ ...signable, secret: `${signable.secret}x` }, request), where).toBe(
      false,
    );
  }
}

async function isVerified(signable: Signable, request: SignedRequest): Promise<boolean> {
  const { signedAtMs, accessKeyId, region, service, sessionToken, secret } = signable;
  const reading = readClaim(request, { nowMs: signedAtMs, services: ["sqs", "iam"] });
  if (reading.kind !== "claimed") throw new Error(`It is ${JSON.stringify(reading)}`);
  expect(reading.claim).toMatchObject({ accessKeyId, region, service, sessionToken });
  return isSigned(reading.claim, request, await signingKey(secret, reading.claim));
}

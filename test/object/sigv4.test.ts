/**
 * Signatures are verified inside workerd as they are in Node: its URLs, headers and hashes are its own.
 */
import { expect, it } from "vitest";
import { readClaim } from "../../src/protocol/sigv4/claim.ts";
import { isSigned, signingKey } from "../../src/protocol/sigv4/signature.ts";
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";
import { EXAMPLE_SECRET, presigned, signedInHeader } from "../support/signed-request-maker.ts";

const TERMS = { nowMs: Date.UTC(2026, 10, 25, 9, 30), services: ["sqs"] };

it.each([
  ["in the header", signedInHeader({ headers: { "content-type": "text/plain" }, body: "ü" })],
  ["in the query", presigned({ parameters: { MessageBody: "a b+ü&(c)" } })],
])("a request signed %s is verified as it arrives", async (_, request) => {
  const { method, url, headers, body } = request;
  const arrived = new Request(url, { method, headers, ...(method === "GET" ? {} : { body }) });
  const bytes = new Uint8Array(await arrived.arrayBuffer());
  const read = { method: arrived.method, url: arrived.url, headers: arrived.headers, body: bytes };
  expect(await isVerified(read)).toBe(true);
  expect(await isVerified({ ...read, body: new Uint8Array([1]) })).toBe(false);
});

async function isVerified(request: SignedRequest): Promise<boolean> {
  const reading = readClaim(request, TERMS);
  if (reading.kind !== "claimed") throw new Error(`It is ${JSON.stringify(reading)}`);
  return isSigned(reading.claim, request, await signingKey(EXAMPLE_SECRET, reading.claim));
}

/**
 * The published vectors of SigV4, case by case: the canonical request, the string to sign, the signature,
 * and that the signed request is verified. The few that are refused here are named with how; why is in
 * test/vectors/sigv4/README.md, which must name each of them.
 */
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodedPath, stringToSign } from "../../src/protocol/sigv4/canonical-request.ts";
import { readClaim } from "../../src/protocol/sigv4/claim.ts";
import {
  canonicalRequestOf,
  isSigned,
  type SigningKey,
  signingKey,
  signingKeyBytes,
} from "../../src/protocol/sigv4/signature.ts";
import { pathOf, type SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";
import { type SigningVector, signingVectors } from "../support/signing-vectors.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SCOPE = { day: "20150830", region: "us-east-1", service: "service" };
const TIMESTAMP = "20150830T123600Z";
const TERMS = { nowMs: Date.UTC(2015, 7, 30, 12, 36), services: ["service"] };
const KEY = await signingKey(SECRET, SCOPE);
const VECTORS = signingVectors();

/** Paths that were signed as they came, and session tokens that nobody signed. */
const REFUSED = new Map<string, "another text" | "a header not signed">([
  ...[
    "get-relative-relative-unnormalized",
    "get-relative-unnormalized",
    "get-slash-dot-slash-unnormalized",
    "get-slash-pointless-dot-unnormalized",
    "get-slash-unnormalized",
    "get-slashes-unnormalized",
  ].flatMap((name) =>
    ["header", "query"].map((form) => [`aws-c-auth ${name} ${form}`, "another text"] as const),
  ),
  ["aws-c-auth post-sts-header-after header", "a header not signed"],
  ["aws-c-auth post-sts-header-after query", "another text"],
  ["botocore post-sts-token/post-sts-header-after header", "a header not signed"],
]);

describe("the published vectors", () => {
  it("are all there", () => {
    expect(VECTORS.filter(({ form }) => form === "header")).toHaveLength(72);
    expect(VECTORS.filter(({ form }) => form === "query")).toHaveLength(38);
    expect(new Set(VECTORS.map(({ name }) => name)).size).toBe(110);
  });

  it.each(VECTORS)("give our canonical request: $name", (vector) => {
    const { form, request } = vector;
    const signed = { ...request, url: urlWhenSigned(vector) };
    const claim = { form, signedHeaders: signedHeadersOf(vector) };
    const [method, path, ...rest] = (
      canonicalRequestOf(claim, signed, hash(request.body)) ?? ""
    ).split("\n");
    const canonicalPath = isUnnormalized(vector) ? encodedPath(pathOf(request.url)) : path;
    expect([method, canonicalPath, ...rest].join("\n")).toBe(vector.canonicalRequest);
  });

  it.each(VECTORS)("give our string to sign and signature: $name", (vector) => {
    const text = stringToSign(TIMESTAMP, SCOPE, hash(vector.canonicalRequest));
    expect(text).toBe(vector.stringToSign);
    expect(createHmac("sha256", signingKeyBytes(SECRET, SCOPE)).update(text).digest("hex")).toBe(
      vector.signature,
    );
  });

  it.each(VECTORS)("are verified, or refused for a reason: $name", async ({ name, request }) => {
    expect(await verdictOn(request, KEY)).toBe(REFUSED.get(name) ?? "verified");
    const otherKey = await signingKey(`${SECRET}.`, SCOPE);
    expect(await verdictOn(request, otherKey)).not.toBe("verified");
  });

  it("that are refused are in the README beside them", () => {
    const readme = readFileSync(join(import.meta.dirname, "../vectors/sigv4/README.md"), "utf8");
    for (const name of REFUSED.keys()) {
      expect(VECTORS.map((vector) => vector.name)).toContain(name);
      expect(readme).toContain(`\`${name.split(" ")[1]}\``);
    }
  });
});

async function verdictOn(request: SignedRequest, key: SigningKey): Promise<string> {
  const reading = readClaim(request, TERMS);
  if (reading.kind === "claimed") {
    return (await isSigned(reading.claim, request, key)) ? "verified" : "another text";
  }
  if (reading.kind === "anonymous") return "anonymous";
  return reading.error.message.includes("must be among the signed headers")
    ? "a header not signed"
    : reading.error.message;
}

function isUnnormalized({ name }: SigningVector): boolean {
  return name.includes("-unnormalized");
}

/** A token that nobody signs is added to the query after signing. */
function urlWhenSigned({ name, request }: SigningVector): string {
  const isTokenAdded = name === "aws-c-auth post-sts-header-after query";
  return isTokenAdded ? request.url.replace(/&X-Amz-Security-Token=[^&]*/, "") : request.url;
}

function signedHeadersOf({ request }: SigningVector): string[] {
  const text = request.headers.get("authorization") ?? decodeURIComponent(request.url);
  return (/SignedHeaders=([^,&]+)/.exec(text)?.[1] ?? "").split(";");
}

function hash(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * The signing vectors of test/vectors/sigv4 as requests and what must come of them. Headers sent twice
 * are joined with a comma, as signers join them, and folded lines become one: a request holds neither.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";

const FORM = v.object({
  "canonical-request": v.string(),
  "string-to-sign": v.string(),
  "signed-request": v.string(),
  signature: v.optional(v.string()),
  authorization: v.optional(v.string()),
});
const CASES = v.array(
  v.object({
    name: v.string(),
    source: v.string(),
    header: v.optional(FORM),
    query: v.optional(FORM),
  }),
);

export type SigningVector = {
  readonly name: string;
  readonly form: "header" | "query";
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
  readonly request: SignedRequest;
};

export function signingVectors(): SigningVector[] {
  const path = join(import.meta.dirname, "../vectors/sigv4/vectors.json");
  return v.parse(CASES, JSON.parse(readFileSync(path, "utf8"))).flatMap((vector) =>
    (["header", "query"] as const).flatMap((form) => {
      const expected = vector[form];
      if (expected === undefined) return [];
      return {
        name: `${vector.source.split("/")[0]} ${vector.name} ${form}`,
        form,
        canonicalRequest: expected["canonical-request"],
        stringToSign: expected["string-to-sign"],
        signature: expected.signature ?? expected.authorization?.slice(-64) ?? "",
        request: readRequest(expected["signed-request"], expected.authorization),
      };
    }),
  );
}

/** One vector's signed request has a scrambled signature; the header beside it is right. */
function readRequest(text: string, authorization: string | undefined): SignedRequest {
  const [head = "", body = ""] = text.split("\n\n");
  const [, method = "", target = "", fields = ""] =
    /^(\S+) (.*) HTTP\/1\.1\n([\s\S]*)$/.exec(head) ?? [];
  const values = new Map<string, string>();
  for (const line of fields.replaceAll(/\n +/g, " ").split("\n")) {
    const [, name = "", value = ""] = /^([^:]+):(.*)$/.exec(line) ?? [];
    const before = values.get(name.toLowerCase());
    const joined = before === undefined ? value.trim() : `${before},${value.trim()}`;
    values.set(name.toLowerCase(), joined);
  }
  if (authorization !== undefined) values.set("authorization", authorization);
  return { method, url: target, headers: new Headers([...values]), body: Buffer.from(body) };
}

/**
 * What is refused of signatures, each flaw by name: those that leave nothing to verify, those that name a
 * wrong thing, and those that another request was signed with. And that nothing a client sends makes reading
 * or verifying throw.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";
import { errorOf, verdictOn } from "../support/claim-verdict.ts";
import {
  type Making,
  presigned,
  signedInHeader,
  signedWithHeader,
  written,
} from "../support/signed-request-maker.ts";

const TOKEN = "x-amz-security-token";

describe("no signature at all is", () => {
  const TEMPLATE = "AWS4-HMAC-SHA256 Credential=C, SignedHeaders=H, Signature=S";
  const incomplete: [what: string, request: SignedRequest, words: string][] = [
    ["another scheme", signedWithHeader("Bearer C"), "'AWS4-HMAC-SHA256'"],
    ["an empty header", signedWithHeader(""), "'AWS4-HMAC-SHA256'"],
    ["another algorithm", signedWithHeader(TEMPLATE.replace("256", "512")), "'AWS4-HMAC-SHA256'"],
    [
      "no Credential",
      signedWithHeader("AWS4-HMAC-SHA256 SignedHeaders=H, Signature=S"),
      "'Credential'",
    ],
    [
      "no SignedHeaders",
      signedWithHeader("AWS4-HMAC-SHA256 Credential=C, Signature=S"),
      "'SignedHeaders'",
    ],
    [
      "no Signature",
      signedWithHeader("AWS4-HMAC-SHA256 Credential=C, SignedHeaders=H"),
      "'Signature'",
    ],
    [
      "an empty Signature",
      signedWithHeader(TEMPLATE.replace("S,", "").replace("=S", "=")),
      "'Signature'",
    ],
    ["a part twice", signedWithHeader(`${TEMPLATE}, Signature=S`), "more than once"],
    ["two headers", signedWithHeader(`${TEMPLATE}, ${TEMPLATE}`), "key=value"],
    ["an unknown part", signedWithHeader(`${TEMPLATE}, Expires=1`), "key=value"],
    ["an inherited name", signedWithHeader(`${TEMPLATE}, constructor=1`), "key=value"],
    ["a trailing comma", signedWithHeader(`${TEMPLATE},`), "key=value"],
    ["a part without =", signedWithHeader(`${TEMPLATE}, x`), "key=value"],
    ["a senseless date", signedInHeader({ timestamp: "20261332T093000Z" }), "ISO-8601"],
    ["a date of another form", signedInHeader({ timestamp: "2026-11-25T09:30:00Z" }), "ISO-8601"],
    ["two dates", signedInHeader({ headers: { "x-amz-date": "20261125T093000Z, 1" } }), "ISO-8601"],
    [
      "four elements",
      signedWithHeader(TEMPLATE.replace("=C", "=a/20261125/b/sqs")),
      "5 slash-delimited",
    ],
    ["six elements", signedWithHeader(TEMPLATE.replace("=C", "=/C")), "5 slash-delimited"],
    ["a nameless key", signedWithHeader(TEMPLATE.replace("=C", "=/d/r/s/t")), "5 slash-delimited"],
    ["unsorted headers", signedInHeader({ signedHeaders: ["x-amz-date", "host"] }), "sorted"],
    ["a header twice", signedInHeader({ signedHeaders: ["host", "host", "x-amz-date"] }), "once"],
    ["upper case", signedInHeader({ signedHeaders: ["Host", "x-amz-date"] }), "lower-case"],
    ["a name that is none", signedInHeader({ signedHeaders: ["host", "ü"] }), "lower-case"],
    ["both kinds", { ...presigned(), headers: signedInHeader().headers }, "Only one kind"],
    ["two tokens", presigned({ headers: { [TOKEN]: "a" } }), "Only one kind"],
    ["a signature alone", at("/?X-Amz-Signature=1"), "'X-Amz-Credential'"],
    ["an escaped name", at("/?X-Amz-%53ignature=1"), "'X-Amz-Credential'"],
    ["another algorithm in the query", presigned({ parameters: algorithm("A") }), "must be"],
    ["a parameter twice", again("X-Amz-Date=20261125T093000Z"), "repeated"],
    ["an escaped parameter twice", again("X-Amz-D%61te=20261125T093000Z"), "repeated"],
    ["a senseless date in the query", presigned({ timestamp: "20260230T000000Z" }), "ISO-8601"],
    ...["0", "-1", "604801", "1.5", "1e3", "", " 1", "01", "x"].map(
      (expires): [string, SignedRequest, string] => [
        `X-Amz-Expires of "${expires}"`,
        presigned({ parameters: { "X-Amz-Expires": expires } }),
        "1 to 604800",
      ],
    ),
  ];
  it.each(incomplete)("%s", (_, request, words) => {
    const error = errorOf(request);
    expect(error.shape).toBe("IncompleteSignatureException");
    expect(error.message).toContain(words);
  });

  it("one without a date", () => {
    const request = signedInHeader();
    request.headers.delete("x-amz-date");
    expect(errorOf(request)).toEqual({
      shape: "IncompleteSignatureException",
      message:
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    });
    request.headers.set("date", "25 Nov 2026 09:30:00");
    expect(errorOf(request).message).toContain("ISO-8601");
  });
});

describe("a wrong signature is", () => {
  const invalid: [what: string, making: Making, words: string][] = [
    ["one of another day", { day: "20261124" }, "Date in Credential scope"],
    ["one for another service", { service: "s3" }, "'sqs', 'iam', 'sts'"],
    ["one for no region", { region: "a_b" }, "valid region"],
    ["one for a long region", { region: "r".repeat(65) }, "valid region"],
    ["one with another end", { terminator: "aws4" }, "'aws4_request'"],
    ["one without the host", { signedHeaders: ["x-amz-date"] }, "'Host' or ':authority'"],
    ["one without the date", { signedHeaders: ["host"] }, "X-Amz-*"],
    [
      "one without the target",
      { headers: { "x-amz-target": "AmazonSQS.X" }, signedHeaders: ["host", "x-amz-date"] },
      "X-Amz-*",
    ],
    [
      "one without the content's type",
      { headers: { "content-type": "text/plain" }, signedHeaders: ["host", "x-amz-date"] },
      "Content-Type",
    ],
  ];
  it.each(invalid)("%s", (_, making, words) => {
    const error = errorOf(signedInHeader(making));
    expect(error.shape).toBe("InvalidSignatureException");
    expect(error.message).toContain(words);
  });

  it("one whose token was added, or changed, later", async () => {
    const added = signedInHeader();
    added.headers.set(TOKEN, "a");
    expect(errorOf(added).message).toContain("X-Amz-*");
    const request = presigned();
    expect(await verdictOn({ ...request, url: `${request.url}&X-Amz-Security-Token=a` })).toBe(
      "not signed",
    );
  });

  it.each([
    "UNSIGNED-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "",
  ])("one that declares the body to be %j", async (hash) => {
    const headers = { "x-amz-content-sha256": hash };
    expect(await verdictOn(signedInHeader({ headers }))).toBe("not signed");
    const parameters = { "X-Amz-Content-Sha256": hash };
    expect(await verdictOn(presigned({ parameters, body: "{}" }))).toBe("not signed");
  });

  it("one that has a body where none was signed", async () => {
    expect(await verdictOn({ ...presigned(), body: Buffer.from("x") })).toBe("not signed");
  });

  it.each([
    (hex: string) => hex.toUpperCase(),
    (hex: string) => hex.slice(1),
    (hex: string) => `${hex}0`,
    (hex: string) => `${hex.slice(1)}g`,
    () => "0".repeat(64),
    () => "none",
  ])("one that is not those 64 digits: %s", async (change) => {
    const authorization: Making["authorization"] = (parts) =>
      written({ ...parts, signature: change(parts.signature) });
    expect(await verdictOn(signedInHeader({ authorization }))).toBe("not signed");
  });

  it("one of a header that is sent twice", async () => {
    const request = signedInHeader({ headers: { "my-header": "a,b" } });
    expect(await verdictOn(request)).toBe("signed");
    request.headers.set("my-header", "a");
    request.headers.append("my-header", "b");
    expect(await verdictOn(request)).toBe("not signed");
  });

  it("one of a header that is not there", async () => {
    const request = signedInHeader({ headers: { "my-header": "a" } });
    request.headers.delete("my-header");
    expect(await verdictOn(request)).toBe("not signed");
  });
});

describe("nothing a client sends", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(
      "%",
      "%zz",
      "\ud800",
      "X-Amz-Date",
      "?&=&==&",
      "//../..",
      "http://",
      "[::",
      "#",
    ),
  );
  const ascii = fc.string({ unit: "grapheme-ascii", maxLength: 60 });

  it("makes reading or verifying throw", async () => {
    const request = fc.record({
      method: text,
      url: text,
      header: ascii,
      parameters: fc.array(text),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, url, header: value, parameters }) => {
        const names = ["Algorithm", "Credential", "Date", "SignedHeaders", "Signature", "Expires"];
        const query = names.map((name, index) => `X-Amz-${name}=${parameters[index] ?? ""}`);
        for (const headers of [new Headers(), new Headers({ authorization: value, host: value })]) {
          const tried = { method, headers, body: Buffer.from(value) };
          await verdictOn({ ...tried, url });
          await verdictOn({ ...tried, url: `${url}?${query.join("&")}` });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("makes verifying throw, where it is read", async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, async (method, path, query) => {
        const url = `http://localhost:8787/${path}?${query}`;
        const { headers } = signedInHeader();
        const request = { method, url, headers, body: Buffer.from(query) };
        expect(["signed", "not signed", "flawed"]).toContain(await verdictOn(request));
      }),
      { numRuns: 1_000 },
    );
  });
});

function at(target: string): SignedRequest {
  const url = `http://localhost:8787${target}`;
  return { method: "GET", url, headers: new Headers({ host: "localhost" }), body: Buffer.from("") };
}

function again(parameter: string): SignedRequest {
  const request = presigned();
  return { ...request, url: `${request.url}&${parameter}` };
}

function algorithm(name: string): Record<string, string> {
  return { "X-Amz-Algorithm": name };
}

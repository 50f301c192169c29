/**
 * How a signature is read and verified: in its header and in its query, in whatever form clients write it,
 * the window at its edges, and each error in both protocols.
 */
import { describe, expect, it } from "vitest";
import { encodeQueryError } from "../../src/protocol/aws-query-answer.ts";
import { ERRORS } from "../../src/protocol/errors.ts";
import {
  accessToResourceDenied,
  expiredToken,
  invalidClientToken,
  signatureMismatch,
} from "../../src/protocol/sigv4/signature-errors.ts";
import { encodeAwsJsonError, type WireError } from "../../src/protocol/wire-error.ts";
import { claimOf, errorOf, NOW_MS, read, SERVICES, verdictOn } from "../support/claim-verdict.ts";
import {
  EXAMPLE_KEY_ID,
  filled,
  presigned,
  signedInHeader,
  signedWithHeader,
} from "../support/signed-request-maker.ts";

const TOKEN = "x-amz-security-token";

describe("a request", () => {
  it("without credentials is anonymous", () => {
    const request = signedInHeader();
    request.headers.delete("authorization");
    expect(read(request)).toEqual({ kind: "anonymous" });
    expect(read({ ...request, url: "http://localhost:8787/?Action=ListQueues" }).kind).toBe(
      "anonymous",
    );
  });

  it("signed in its header says who, when, where and for what", async () => {
    const request = signedInHeader({ region: "eu-west-1", headers: { [TOKEN]: "a token" } });
    expect(claimOf(request)).toMatchObject({
      form: "header",
      accessKeyId: EXAMPLE_KEY_ID,
      sessionToken: "a token",
      day: "20261125",
      region: "eu-west-1",
      service: "sqs",
      timestamp: "20261125T093000Z",
      signedHeaders: ["host", "x-amz-date", TOKEN],
    });
    expect(await verdictOn(request)).toBe("signed");
  });

  it("signed in its query says the same", async () => {
    const request = presigned({ parameters: { "X-Amz-Security-Token": "a token" } });
    expect(claimOf(request)).toMatchObject({ form: "query", sessionToken: "a token" });
    expect(await verdictOn(request)).toBe("signed");
  });

  it.each(SERVICES)("may be for the service %s", async (service) => {
    expect(await verdictOn(signedInHeader({ service }))).toBe("signed");
  });

  it.each(["__proto__", "constructor", "toString", "a.b", "ünknown"])(
    "may name a key %s, which is a text like others",
    async (accessKeyId) => {
      const request = presigned({ accessKeyId });
      expect(claimOf(request).accessKeyId).toBe(accessKeyId);
      expect(await verdictOn(request)).toBe("signed");
    },
  );

  it.each([
    ["in any order", "AWS4-HMAC-SHA256 Signature=S, Credential=C, SignedHeaders=H"],
    ["without spaces", "AWS4-HMAC-SHA256 Credential=C,SignedHeaders=H,Signature=S"],
    ["with more spaces", "AWS4-HMAC-SHA256   Credential=C ,  SignedHeaders=H,\tSignature=S "],
  ])("may have the parts of its header %s", async (_, template) => {
    expect(await verdictOn(signedInHeader({ authorization: filled(template) }))).toBe("signed");
  });

  it("may have the Date header for its time", async () => {
    for (const date of ["Wed, 25 Nov 2026 09:30:00 GMT", "20261125T093000Z"]) {
      const request = signedInHeader({ headers: { date }, signedHeaders: ["date", "host"] });
      request.headers.delete("x-amz-date");
      expect(await verdictOn(request)).toBe("signed");
    }
  });

  it.each(["localhost:443", "localhost:80"])("to %s is signed without its port", async (host) => {
    const request = signedInHeader({ headers: { host: "localhost" } });
    request.headers.set("host", host);
    expect(await verdictOn(request)).toBe("signed");
    request.headers.set("host", "localhost:8787");
    expect(await verdictOn(request)).toBe("not signed");
  });

  it("is signed with the host of its URL, or the length of its body, if the header is gone", async () => {
    const request = signedInHeader({ headers: { "content-length": "2" }, body: "{}" });
    request.headers.delete("host");
    request.headers.delete("content-length");
    expect(await verdictOn(request)).toBe("signed");
    expect(await verdictOn({ ...request, url: "http://127.0.0.1:8787/" })).toBe("not signed");
  });
});

describe("the window", () => {
  const minutes = (count: number) => NOW_MS + count * 60_000;

  it("is 15 minutes either way, both included", () => {
    for (const request of [signedInHeader(), presigned()]) {
      expect(read(request, minutes(15)).kind).toBe("claimed");
      expect(read(request, minutes(15) + 999).kind).toBe("claimed");
      expect(read(request, minutes(15) + 1_000).kind).toBe("flawed");
      expect(read(request, minutes(-15)).kind).toBe("claimed");
      expect(read(request, minutes(-15) - 1).kind).toBe("flawed");
    }
  });

  it("of a presigned URL is what it asks for, but as long before", () => {
    const request = presigned({ parameters: { "X-Amz-Expires": "3600" } });
    expect(read(request, minutes(60)).kind).toBe("claimed");
    expect(read(request, minutes(60) + 1_000).kind).toBe("flawed");
    expect(read(request, minutes(-15) - 1).kind).toBe("flawed");
    const short = presigned({ parameters: { "X-Amz-Expires": "1" } });
    expect(read(short, NOW_MS + 2_000).kind).toBe("flawed");
    const week = presigned({ parameters: { "X-Amz-Expires": "604800" } });
    expect(read(week, NOW_MS + 604_800_000).kind).toBe("claimed");
  });

  it("is named by those who miss it", () => {
    expect(errorOf(signedInHeader(), minutes(21))).toEqual({
      shape: "InvalidSignatureException",
      message:
        "Signature expired: 20261125T093000Z is now earlier than 20261125T093600Z (20261125T095100Z - 15 min.)",
    });
    expect(errorOf(signedInHeader(), minutes(-21))).toEqual({
      shape: "InvalidSignatureException",
      message:
        "Signature not yet current: 20261125T093000Z is still later than 20261125T092400Z (20261125T090900Z + 15 min.)",
    });
    const request = presigned({ parameters: { "X-Amz-Expires": "60" } });
    expect(errorOf(request, minutes(2)).message).toBe(
      "Signature expired: 20261125T093000Z is now earlier than 20261125T093100Z (20261125T093200Z - 60 sec.)",
    );
  });
});

describe("an error", () => {
  const errors: [error: WireError, code: string, status: number, message: string][] = [
    [
      accessToResourceDenied(
        "https://sqs.eu-west-1.amazonaws.com/000000000000/q?X-Amz-Signature=1",
      ),
      "AccessDenied",
      403,
      "Access to the resource https://sqs.eu-west-1.amazonaws.com/000000000000/q is denied.",
    ],
    [
      invalidClientToken(),
      "InvalidClientTokenId",
      403,
      "The security token included in the request is invalid.",
    ],
    [
      signatureMismatch(),
      "SignatureDoesNotMatch",
      403,
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    ],
    [errorOf(signedInHeader(), 0), "SignatureDoesNotMatch", 403, "Signature not yet current: "],
    [
      errorOf(signedWithHeader("Basic C")),
      "IncompleteSignature",
      400,
      "Authorization header requires",
    ],
    [expiredToken(), "ExpiredToken", 403, "The security token included in the request is expired"],
  ];
  it.each(errors)(
    "has its code and status in both protocols: %o is %s",
    (error, code, status, message) => {
      const { namespace } = ERRORS[error.shape];
      expect(namespace).toBe("com.amazon.coral.service");
      expect(error.message).toContain(message);
      const json = encodeAwsJsonError(error);
      expect(json.status).toBe(status);
      expect(json.headers["x-amzn-query-error"]).toBe(`${code};Sender`);
      expect(json.body).toContain(`"__type":"${namespace}#${error.shape}"`);
      const query = encodeQueryError(error, { requestId: "id", form: "xml" });
      expect(query.status).toBe(status);
      expect(query.body).toContain(`<Code>${code}</Code>`);
    },
  );

  it("holds nothing that the client sent", () => {
    const secret = "A-SECRET-OF-SOMEBODY";
    for (const request of [
      signedWithHeader(`AWS4-HMAC-SHA256 ${secret}`),
      signedWithHeader(secret),
      signedWithHeader(`AWS4-HMAC-SHA256 Credential=${secret}, SignedHeaders=host, Signature=1`),
      signedInHeader({ service: secret }),
      signedInHeader({ region: `_${secret}` }),
      presigned({ parameters: { "X-Amz-Expires": secret } }),
    ]) {
      expect(errorOf(request).message).not.toContain(secret);
    }
  });
});

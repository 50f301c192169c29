/**
 * What the Worker answers to a request whose signature is missing, broken, old or somebody else's: code,
 * status and words, in both protocols of SQS. And whom it takes the sender of a request for that is right.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import {
  type Credentials,
  credentialsOf,
  form,
  HOME_ACCOUNT,
  json,
  outcomeOf,
  ROOT,
  SignedWorker,
  type Signing,
  signed,
  type Wire,
} from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

const NOW_MS = Date.UTC(2026, 10, 25, 9, 30);
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const BAD_TOKEN = "The security token included in the request is invalid.";
const QUEUE = "authenticated";

const worker = new SignedWorker();
const home = Tenant.home(worker);
let bob: User;
let session: Credentials;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(NOW_MS);
  await home.createQueue(QUEUE);
  bob = await home.user("bob", { Effect: "Allow", Action: "sqs:*", Resource: "*" });
  const asked = { Action: "GetSessionToken", DurationSeconds: "900" };
  session = credentialsOf(await worker.sts(bob.credentials, asked));
});

beforeEach(() => {
  vi.setSystemTime(NOW_MS);
});

afterAll(() => {
  vi.useRealTimers();
});

const QUERY_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: "AccessDenied",
  ExpiredTokenException: "ExpiredToken",
  IncompleteSignatureException: "IncompleteSignature",
  InvalidSignatureException: "SignatureDoesNotMatch",
  UnrecognizedClientException: "InvalidClientTokenId",
};
const QUEUE_URL = `http://localhost/${HOME_ACCOUNT}/${QUEUE}`;
const JSON_PROTOCOL = {
  name: "JSON",
  codeOf: (shape: string) => shape,
  sending: (QueueUrl: string) => json("SendMessage", { QueueUrl, MessageBody: "a" }),
};
const QUERY_PROTOCOL = {
  name: "Query",
  codeOf: (shape: string) => QUERY_CODES[shape] ?? shape,
  sending: (QueueUrl: string) => form({ Action: "SendMessage", QueueUrl, MessageBody: "a" }),
};

/** A request by bob, with something done to it after it was signed. */
async function tampered(signing: Signing, change: (headers: Headers) => void): Promise<Wire> {
  const wire = await signed(bob.credentials, signing);
  const headers = new Headers(wire.init.headers);
  change(headers);
  return { ...wire, init: { ...wire.init, headers } };
}

function withAuthorization(signing: Signing, change: (text: string) => string): Promise<Wire> {
  return tampered(signing, (headers) => {
    headers.set("authorization", change(headers.get("authorization") ?? ""));
  });
}

type Row = {
  readonly situation: string;
  readonly request: (signing: Signing) => Promise<Wire>;
  readonly status: number;
  readonly shape: string;
  readonly text: string;
};

const ROWS: readonly Row[] = [
  {
    situation: "without credentials",
    request: (signing) => signed(undefined, signing),
    status: 403,
    shape: "AccessDeniedException",
    text: "Access to the resource http://localhost/ is denied.",
  },
  {
    situation: "without credentials, at a queue's own path and with a query",
    request: (signing) => signed(undefined, { ...signing, url: `${QUEUE_URL}?X-Secret=1` }),
    status: 403,
    shape: "AccessDeniedException",
    text: `Access to the resource ${QUEUE_URL} is denied.`,
  },
  {
    situation: "by a key that nobody has",
    request: (signing) => signed({ accessKeyId: "AKIAI44QH8DHBEXAMPLE", secret: "x" }, signing),
    status: 403,
    shape: "UnrecognizedClientException",
    text: BAD_TOKEN,
  },
  {
    situation: "by a key that looks like one of ours",
    request: (signing) => {
      const accessKeyId = bob.credentials.accessKeyId.replace(/.{3}$/, "AAA");
      return signed({ ...bob.credentials, accessKeyId }, signing);
    },
    status: 403,
    shape: "UnrecognizedClientException",
    text: BAD_TOKEN,
  },
  {
    situation: "with another secret",
    request: (signing) => signed({ ...bob.credentials, secret: ROOT.secret }, signing),
    status: 403,
    shape: "InvalidSignatureException",
    text: MISMATCH,
  },
  {
    situation: "as the root, with another secret",
    request: (signing) => signed({ ...ROOT, secret: bob.credentials.secret }, signing),
    status: 403,
    shape: "InvalidSignatureException",
    text: MISMATCH,
  },
  {
    situation: "with another body than was signed",
    request: async (signing) => {
      const { url, method, init } = await signed(bob.credentials, signing);
      return { url, method, init: { ...init, body: `${signing.body} ` } };
    },
    status: 403,
    shape: "InvalidSignatureException",
    text: MISMATCH,
  },
  {
    situation: "to another path than was signed",
    request: async (signing) => {
      return { ...(await signed(bob.credentials, signing)), url: "http://localhost/else" };
    },
    status: 403,
    shape: "InvalidSignatureException",
    text: MISMATCH,
  },
  {
    situation: "to another host than was signed",
    request: async (signing) => {
      return { ...(await signed(bob.credentials, signing)), url: "http://else.example/" };
    },
    status: 403,
    shape: "InvalidSignatureException",
    text: MISMATCH,
  },
  {
    situation: "with a parameter more than was signed",
    request: async (signing) => {
      return { ...(await signed(bob.credentials, signing)), url: "http://localhost/?a=b" };
    },
    status: 403,
    shape: "InvalidSignatureException",
    text: MISMATCH,
  },
  {
    situation: "with a header of AWS's that was not signed",
    request: (signing) => {
      return tampered(signing, (headers) => headers.set("x-amz-security-token", "t"));
    },
    status: 403,
    shape: "InvalidSignatureException",
    text: "Content-Type and all X-Amz-* headers must be among the signed headers if they are sent.",
  },
  {
    situation: "that was signed more than 15 minutes ago",
    request: (signing) => signed(bob.credentials, { ...signing, datetime: "20261125T091459Z" }),
    status: 403,
    shape: "InvalidSignatureException",
    text: "Signature expired: 20261125T091459Z is now earlier than 20261125T091500Z (20261125T093000Z - 15 min.)",
  },
  {
    situation: "that is signed for more than 15 minutes from now",
    request: (signing) => signed(bob.credentials, { ...signing, datetime: "20261125T094501Z" }),
    status: 403,
    shape: "InvalidSignatureException",
    text: "Signature not yet current: 20261125T094501Z is still later than 20261125T094500Z (20261125T093000Z + 15 min.)",
  },
  {
    situation: "that is signed for another service",
    request: (signing) => signed(bob.credentials, { ...signing, service: "sns" }),
    status: 403,
    shape: "InvalidSignatureException",
    text: "Credential should be scoped to correct service: 'sqs', 'iam', 'sts', 'organizations'.",
  },
  {
    situation: "whose scope is of another day",
    request: (signing) =>
      withAuthorization(signing, (text) => text.replace("/20261125/", "/20261124/")),
    status: 403,
    shape: "InvalidSignatureException",
    text: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP, from '20261125T093000Z'.",
  },
  {
    situation: "whose region was changed",
    request: (signing) =>
      withAuthorization(signing, (text) => text.replace("us-east-1", "eu-west-1")),
    status: 403,
    shape: "InvalidSignatureException",
    text: MISMATCH,
  },
  {
    situation: "with an Authorization of another kind",
    request: (signing) => withAuthorization(signing, () => "Bearer secret-bearer"),
    status: 400,
    shape: "IncompleteSignatureException",
    text: "Authorization header requires 'AWS4-HMAC-SHA256'.",
  },
  {
    situation: "with a scope of four parts",
    request: (signing) => withAuthorization(signing, (text) => text.replace("/us-east-1/", "/")),
    status: 400,
    shape: "IncompleteSignatureException",
    text: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
  },
  {
    situation: "without a signature in its Authorization",
    request: (signing) => withAuthorization(signing, (text) => text.replace(/, Signature=.*/, "")),
    status: 400,
    shape: "IncompleteSignatureException",
    text: "Authorization header requires 'Signature' parameter.",
  },
  {
    situation: "without a date",
    request: (signing) => tampered(signing, (headers) => headers.delete("x-amz-date")),
    status: 400,
    shape: "IncompleteSignatureException",
    text: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  },
  {
    situation: "that is signed in the header and in the URL",
    request: async (signing) => {
      const { url } = await signed(bob.credentials, { method: "GET", isPresigned: true });
      return { ...(await signed(bob.credentials, signing)), url };
    },
    status: 400,
    shape: "IncompleteSignatureException",
    text: "Only one kind of authentication is allowed.",
  },
  {
    situation: "by a session without its token",
    request: (signing) => {
      const { accessKeyId, secret } = session;
      return signed({ accessKeyId, secret }, signing);
    },
    status: 403,
    shape: "UnrecognizedClientException",
    text: BAD_TOKEN,
  },
  {
    situation: "by a session with another's token",
    request: (signing) => {
      const sessionToken = `${session.sessionToken?.slice(0, -4)}AAAA`;
      return signed({ ...session, sessionToken }, signing);
    },
    status: 403,
    shape: "UnrecognizedClientException",
    text: BAD_TOKEN,
  },
  {
    situation: "by a key that needs no token, with one",
    request: (signing) => signed({ ...bob.credentials, sessionToken: "t" }, signing),
    status: 403,
    shape: "UnrecognizedClientException",
    text: BAD_TOKEN,
  },
  {
    situation: "by a session whose time is over",
    request: (signing) => {
      vi.setSystemTime(NOW_MS + 900_000);
      return signed(session, signing);
    },
    status: 403,
    shape: "ExpiredTokenException",
    text: "The security token included in the request is expired",
  },
];

describe.each([JSON_PROTOCOL, QUERY_PROTOCOL])("in $name, a request", ({ codeOf, sending }) => {
  const signing = sending(QUEUE_URL);

  test.each(ROWS)("$situation is refused", async ({ request, status, shape, text }) => {
    const response = await worker.fetch(await request(signing));
    const { headers } = response;
    const outcome = await outcomeOf(response);
    expect(outcome).toMatchObject({ status, code: codeOf(shape), message: text });
    expect(outcome.text).not.toContain("secret-bearer");
    expect(headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ["of the root", () => ROOT],
    ["of a user", () => bob.credentials],
    ["of a session with its token", () => session],
  ])("%s is answered, and says who sent the message", async (_, credentials) => {
    const QueueUrl = await home.createQueue(`sender-${crypto.randomUUID()}`);
    expect((await worker.send(credentials(), sending(QueueUrl))).status).toBe(200);
    const received = await worker.must(ROOT, "ReceiveMessage", {
      QueueUrl,
      AttributeNames: ["SenderId"],
    });
    const [message = {}] = objectsOf(received, "Messages");
    const senderId = credentials() === ROOT ? HOME_ACCOUNT : bob.userId;
    expect(stringOf(objectOf(message, "Attributes"), "SenderId")).toBe(senderId);
  });

  test.each(["20261125T091500Z", "20261125T094500Z"])(
    "signed at %s, a quarter of an hour away, is answered",
    async (datetime) => {
      const answered = await worker.send(bob.credentials, { ...signing, datetime });
      expect(answered.status).toBe(200);
    },
  );

  test("signed for another region is to that region's queues", async () => {
    const answered = await worker.send(bob.credentials, { ...signing, region: "eu-west-1" });
    expect(answered.status).toBe(400);
    expect(answered.code).toMatch(/QueueDoesNotExist|NonExistentQueue/);
  });
});

describe("a session's last moment", () => {
  test("is a millisecond before it expires", async () => {
    vi.setSystemTime(NOW_MS + 899_999);
    expect(await worker.call(session, "ListQueues")).toMatchObject({ status: 200 });
  });
});

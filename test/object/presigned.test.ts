/**
 * Presigned URLs: a GET in the Query protocol that anybody may make who has the URL, until it expires, and
 * that does exactly what was signed.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { objectsOf, stringOf } from "../support/json-value.ts";
import {
  type Credentials,
  credentialsOf,
  elementOf,
  type Outcome,
  outcomeOf,
  ROOT,
  SignedWorker,
  signed,
} from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

const NOW_MS = Date.UTC(2026, 10, 25, 9, 30);

const worker = new SignedWorker();
const home = Tenant.home(worker);
let sender: User;
let QueueUrl: string;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(NOW_MS);
  sender = await home.user("sender", { Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" });
});

beforeEach(async () => {
  vi.setSystemTime(NOW_MS);
  QueueUrl = await home.createQueue(`presigned-${crypto.randomUUID()}`);
});

afterAll(() => {
  vi.useRealTimers();
});

/** The URL, with each space as clients write it in one. */
async function presigned(
  parameters: readonly (readonly [string, string])[],
  caller: Credentials = sender.credentials,
): Promise<string> {
  const query = new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();
  const { url } = await signed(caller, {
    method: "GET",
    url: `${QueueUrl}?${query}`,
    isPresigned: true,
  });
  return url.replaceAll("+", "%20");
}

function sending(MessageBody: string): [string, string][] {
  return [
    ["Action", "SendMessage"],
    ["MessageBody", MessageBody],
  ];
}

async function get(url: string, init: RequestInit = {}): Promise<Outcome> {
  return outcomeOf(await worker.fetch({ method: "GET", url, init: { method: "GET", ...init } }));
}

async function bodies(): Promise<string[]> {
  const input = { QueueUrl, MaxNumberOfMessages: 10 };
  const received = await worker.must(ROOT, "ReceiveMessage", input);
  return objectsOf(received, "Messages").map((message) => stringOf(message, "Body"));
}

describe("a presigned URL", () => {
  test("is good for whoever has it, as often as he likes", async () => {
    const url = await presigned(sending("a b & ü"));
    expect(elementOf((await get(url)).text, "MessageId")).toMatch(/^[0-9a-f-]{36}$/);
    expect((await get(url)).status).toBe(200);
    expect(await bodies()).toEqual(["a b & ü", "a b & ü"]);
  });

  test("may do what its signer may, and nothing else", async () => {
    const refused = await get(await presigned([["Action", "ReceiveMessage"]]));
    expect(refused).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(refused.message).toContain(`User: ${sender.arn} is not authorized to perform: `);
    expect(refused.message).toContain("sqs:receivemessage on resource");
  });

  test("expires after the time that it was made for", async () => {
    const url = await presigned([...sending("a"), ["X-Amz-Expires", "60"]]);
    vi.setSystemTime(NOW_MS + 60_000);
    expect(await get(url)).toMatchObject({ status: 200 });
    vi.setSystemTime(NOW_MS + 61_000);
    expect(await get(url)).toMatchObject({
      status: 403,
      code: "SignatureDoesNotMatch",
      message:
        "Signature expired: 20261125T093000Z is now earlier than 20261125T093001Z (20261125T093101Z - 60 sec.)",
    });
  });

  test("may be made for longer than a header is good for, and is otherwise good for as long", async () => {
    const long = await presigned([...sending("a"), ["X-Amz-Expires", "3600"]]);
    const usual = await presigned(sending("a"));
    vi.setSystemTime(NOW_MS + 900_000);
    expect(await get(usual)).toMatchObject({ status: 200 });
    vi.setSystemTime(NOW_MS + 901_000);
    expect(await get(usual)).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
    expect(await get(long)).toMatchObject({ status: 200 });
  });

  test.each(["0", "604801", "-1", "1.5", "x", ""])(
    "cannot be made for %j seconds",
    async (seconds) => {
      const url = await presigned([...sending("a"), ["X-Amz-Expires", seconds]]);
      expect(await get(url)).toMatchObject({
        status: 400,
        code: "IncompleteSignature",
        message: "X-Amz-Expires must be a number of seconds from 1 to 604800.",
      });
    },
  );

  test("of a session carries its token, and no other", async () => {
    const session = credentialsOf(
      await worker.sts(sender.credentials, { Action: "GetSessionToken", DurationSeconds: "900" }),
    );
    const url = await presigned(sending("a"), session);
    expect(await get(url)).toMatchObject({ status: 200 });
    const { accessKeyId, secret } = session;
    const without = await presigned(sending("a"), { accessKeyId, secret });
    expect(await get(without)).toMatchObject({ code: "InvalidClientTokenId" });
    const added = { headers: { "x-amz-security-token": session.sessionToken ?? "" } };
    expect(await get(without, added)).toMatchObject({ code: "IncompleteSignature" });
  });

  test.each([
    ["another value", (url: string) => url.replace("MessageBody=a", "MessageBody=b")],
    ["a parameter more", (url: string) => `${url}&DelaySeconds=1`],
    ["a parameter before", (url: string) => url.replace("?", "?Action=PurgeQueue&")],
    ["another queue", (url: string) => url.replace("/presigned-", "/presigned_")],
    ["another end", (url: string) => url.replace("X-Amz-Date", "X-Amz-Expires=604800&X-Amz-Date")],
  ])("with %s is refused", async (_, change) => {
    const url = await presigned(sending("a"));
    expect(await get(change(url))).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
    expect(await bodies()).toEqual([]);
  });

  test("with one of its own parameters twice is refused", async () => {
    const url = await presigned(sending("a"));
    expect(await get(`${url}&X-Amz-Date=20261125T093000Z`)).toMatchObject({
      status: 400,
      code: "IncompleteSignature",
      message: "AWS query-string parameters must not be repeated.",
    });
  });

  test("is for its method and without a body", async () => {
    const url = await presigned(sending("a"));
    for (const body of ["", "MessageBody=b"]) {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const posted = await get(url, { method: "POST", body, headers });
      expect(posted).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
    }
  });

  test("does not make JSON of a request that is one", async () => {
    const url = await presigned(sending("a"));
    const headers = { "x-amz-target": "AmazonSQS.PurgeQueue" };
    const posted = await get(url, { method: "POST", body: "{}", headers });
    expect(posted).toMatchObject({ status: 403, code: "InvalidSignatureException" });
  });
});

describe("a plus in a signed query", () => {
  test("is a plus, where nothing was signed a space", async () => {
    const url = await presigned(sending("1+1"));
    expect(url).toContain("MessageBody=1%2B1");
    expect(await get(url.replace("1%2B1", "1+1"))).toMatchObject({ status: 200 });
    expect(await bodies()).toEqual(["1+1"]);
  });

  test("is one, too, if the signature's name is written with escapes", async () => {
    const url = await presigned(sending("1+1"));
    const disguised = url.replace("1%2B1", "1+1").replace("X-Amz-Signature=", "%58-Amz-Signature=");
    expect(await get(disguised)).toMatchObject({ status: 200 });
    expect(await bodies()).toEqual(["1+1"]);
  });

  test("does not stand for the space that was signed", async () => {
    const url = await presigned(sending("1 1"));
    expect(url).toContain("MessageBody=1%201");
    expect(await get(url.replace("1%201", "1+1"))).toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

describe("a repeated parameter", () => {
  test.each([
    ["Action", "PurgeQueue"],
    ["MessageBody", "b"],
    ["QueueUrl", "elsewhere"],
    ["Version", "2012-11-05"],
  ])("is refused, because signed ones may change places: %s", async (name, value) => {
    const url = await presigned([
      ...sending("a"),
      ["Version", "2012-11-05"],
      ["QueueUrl", QueueUrl],
      [name, value],
    ]);
    const [parameters = ""] = url.split("?").slice(1);
    expect(parameters.split("&").filter((one) => one.startsWith(`${name}=`))).toHaveLength(2);
    expect(await get(url)).toMatchObject({
      status: 400,
      code: "MalformedInput",
      message: `The parameter ${name} is given more than once.`,
    });
    expect(await bodies()).toEqual([]);
  });
});

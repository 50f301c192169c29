/**
 * What must hold before anybody looks at a request: a deployment has all of its secrets and is asked over
 * HTTPS; a local server that asks nobody who he is serves no web page of others. And what a queue's policy
 * can ask of how a request came.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  form,
  HOME_ACCOUNT,
  IAM_VERSION,
  json,
  outcomeOf,
  ROOT,
  SignedWorker,
  type Signing,
} from "./signed-worker.ts";

const AT_HOME = `https://localhost/${HOME_ACCOUNT}`;
const HTTPS = "https://localhost/";
/** A request to each of the things that the Worker does. */
const CALLS: readonly (readonly [string, Signing])[] = [
  ["SQS in JSON", json("ListQueues")],
  ["SQS in the Query protocol", form({ Action: "ListQueues" })],
  ["SQS in a URL", { method: "GET", url: `${HTTPS}?Action=ListQueues` }],
  ["IAM", { ...form({ Action: "ListUsers", Version: IAM_VERSION }), service: "iam" }],
  ["a look at messages", { method: "GET", url: `${HTTPS}_aws/sqs/messages?QueueUrl=q` }],
  ["a reset", { url: `${HTTPS}_millrace/reset`, region: "eu-west-3" }],
  ["metrics", { method: "GET", url: `${HTTPS}_millrace/metrics?queue=${AT_HOME}/gate` }],
];
const DEPLOYED = { MILLRACE_ACCESS: undefined };
const deployed = new SignedWorker(DEPLOYED);
const local = new SignedWorker();
const open = new SignedWorker({ MILLRACE_ACCESS: "open" });

beforeAll(async () => {
  await local.must(ROOT, "CreateQueue", { QueueName: "gate" });
});

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

function overHttps(signing: Signing): Signing {
  return { url: HTTPS, ...signing };
}

function overHttp({ url = HTTPS, ...signing }: Signing): Signing {
  return { ...signing, url: url.replace("https:", "http:") };
}

describe("a deployment", () => {
  const NO_CREDENTIAL =
    "This deployment of Millrace has no root credential and refuses every request: npm run setup makes one.";
  const NO_KEY =
    "This deployment of Millrace has no root key to encrypt with and refuses every request: npm run setup makes one.";
  const UNREADABLE =
    "This deployment of Millrace cannot read its encryption keys and refuses every request.";
  const LACKS = [
    ["no id of the root's key", { MILLRACE_ROOT_ACCESS_KEY_ID: undefined }, NO_CREDENTIAL],
    ["an empty id", { MILLRACE_ROOT_ACCESS_KEY_ID: "" }, NO_CREDENTIAL],
    ["no secret", { MILLRACE_ROOT_SECRET_ACCESS_KEY: undefined }, NO_CREDENTIAL],
    ["a secret that is short", { MILLRACE_ROOT_SECRET_ACCESS_KEY: "short" }, NO_CREDENTIAL],
    ["no root keys", { MILLRACE_ROOT_KEYS: undefined }, NO_KEY],
    ["root keys that are none", { MILLRACE_ROOT_KEYS: "nonsense" }, UNREADABLE],
  ] as const;

  describe.each(LACKS)("with %s", (_, change, text) => {
    const incomplete = new SignedWorker({ ...DEPLOYED, ...change });

    test.each(CALLS)(
      "refuses %s and says why, to the root and to anybody",
      async (_name, signing) => {
        for (const caller of [ROOT, undefined]) {
          const refused = await incomplete.send(caller, overHttps(signing));
          expect(refused.status).toBe(403);
          expect(refused.text).toContain(text);
        }
      },
    );

    test("is alive", async () => {
      const health = await incomplete.send(undefined, { method: "GET", url: `${HTTPS}health` });
      expect(health).toMatchObject({ status: 200, text: "ok" });
    });
  });

  test("locally with --auth needs them no less", async () => {
    for (const [, change, text] of LACKS) {
      const refused = await new SignedWorker(change).call(ROOT, "ListQueues");
      expect(refused).toMatchObject({ status: 403, code: "AccessDeniedException", message: text });
    }
  });

  test.each(CALLS)("answers %s over HTTPS, and not over HTTP", async (_, signing) => {
    const answered = await deployed.send(ROOT, overHttps(signing));
    // Of a queue that is not there is an answer, too.
    expect([200, 400]).toContain(answered.status);
    const refused = await deployed.send(ROOT, overHttp(signing));
    expect(refused.status).toBe(403);
    expect(refused.text).toContain(
      "When making a request to Amazon SQS, you must use HTTPS and a request signed with AWS Signature Version 4.",
    );
  });

  test("calls it InvalidSecurity, in either protocol", async () => {
    const inJson = await deployed.send(ROOT, overHttp(json("ListQueues")));
    expect(inJson.output).toMatchObject({ __type: "com.amazonaws.sqs#InvalidSecurity" });
    const inQuery = await deployed.send(ROOT, overHttp(form({ Action: "ListQueues" })));
    expect(inQuery).toMatchObject({ status: 403, code: "InvalidSecurity" });
  });

  test.each(["", "Open", "OPEN", "off", "true"])(
    "is what a server is whose MILLRACE_ACCESS is %j",
    async (MILLRACE_ACCESS) => {
      const worker = new SignedWorker({ MILLRACE_ACCESS });
      expect(await worker.send(ROOT, overHttp(json("ListQueues")))).toMatchObject({
        code: "InvalidSecurity",
      });
      expect(await worker.send(undefined, overHttps(json("ListQueues")))).toMatchObject({
        code: "AccessDeniedException",
      });
    },
  );
});

describe("the order to come over HTTPS", () => {
  const HEADER = "strict-transport-security";
  const ALL: readonly (readonly [string, Signing])[] = [
    ...CALLS,
    ["an unknown path", { method: "GET", url: `${HTTPS}nowhere` }],
    ["health", { method: "GET", url: `${HTTPS}health` }],
  ];

  async function ordered(worker: SignedWorker, signing: Signing): Promise<string | null> {
    return (await worker.response(ROOT, signing)).headers.get(HEADER);
  }

  test.each(ALL)(
    "is given by a deployment with its answer to %s, and locally not",
    async (_, signing) => {
      expect(await ordered(deployed, overHttps(signing))).toBe("max-age=31536000");
      expect(await ordered(deployed, { ...overHttps(signing), service: "sns" })).not.toBeNull();
      expect(await ordered(local, overHttp(signing))).toBeNull();
      expect(await ordered(open, overHttp(signing))).toBeNull();
    },
  );
});

describe("a queue's policy", () => {
  async function queueWith(...statements: readonly object[]): Promise<string> {
    const QueueName = `gate-${crypto.randomUUID()}`;
    const Resource = `arn:aws:sqs:us-east-1:${HOME_ACCOUNT}:${QueueName}`;
    const Statement = statements.map((one) => ({ Principal: "*", Resource, ...one }));
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await local.must(ROOT, "CreateQueue", { QueueName, Attributes: { Policy } });
    return `${AT_HOME}/${QueueName}`;
  }

  function sending(QueueUrl: string, url: string, headers: Record<string, string> = {}): Signing {
    const message = json("SendMessage", { QueueUrl, MessageBody: "a" });
    return { ...message, url, headers: { ...message.headers, ...headers } };
  }

  test("may ask for HTTPS", async () => {
    const QueueUrl = await queueWith({
      Effect: "Deny",
      Action: "sqs:*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(await local.send(ROOT, sending(QueueUrl, "http://localhost/"))).toMatchObject({
      status: 403,
      message: expect.stringContaining("with an explicit deny in a resource-based policy"),
    });
    expect(await local.send(ROOT, sending(QueueUrl, HTTPS))).toMatchObject({ status: 200 });
    expect(await deployed.send(ROOT, sending(QueueUrl, HTTPS))).toMatchObject({ status: 200 });
  });

  test("may ask for an address, which only Cloudflare is believed", async () => {
    const QueueUrl = await queueWith({
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Condition: { IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
    });
    const from = async (worker: SignedWorker, headers: Record<string, string>) =>
      (await worker.send(undefined, sending(QueueUrl, HTTPS, headers))).status;
    expect(await from(deployed, { "cf-connecting-ip": "203.0.113.9" })).toBe(200);
    expect(await from(deployed, { "cf-connecting-ip": "2001:db8::9" })).toBe(200);
    expect(await from(deployed, { "cf-connecting-ip": "198.51.100.9" })).toBe(403);
    expect(await from(deployed, { "x-forwarded-for": "203.0.113.9" })).toBe(403);
    expect(await from(deployed, { "x-real-ip": "203.0.113.9" })).toBe(403);
    expect(await from(deployed, {})).toBe(403);
    expect(await from(local, { "cf-connecting-ip": "203.0.113.9" })).toBe(403);
  });

  test("is told nothing by a client of who made it send", async () => {
    const arn = "arn:aws:sns:us-east-1:000000000000:topic";
    const QueueUrl = await queueWith({
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Condition: { ArnEquals: { "aws:SourceArn": arn } },
    });
    const headers = { "aws-source-arn": arn, "x-amz-source-arn": arn };
    expect(await deployed.send(undefined, sending(QueueUrl, HTTPS, headers))).toMatchObject({
      status: 403,
    });
  });

  test("names whoever is anonymous by the address that he came from", async () => {
    const QueueUrl = await queueWith({ Effect: "Allow", Action: "sqs:*" });
    const headers = { "cf-connecting-ip": "203.0.113.9" };
    expect(await deployed.send(undefined, sending(QueueUrl, HTTPS, headers))).toMatchObject({
      status: 200,
    });
    const asked = { QueueUrl, AttributeNames: ["SenderId"] };
    const received = await local.must(ROOT, "ReceiveMessage", asked);
    expect(received).toMatchObject({ Messages: [{ Attributes: { SenderId: "203.0.113.9" } }] });
  });
});

describe("a server that asks nobody who he is", () => {
  const PAGE =
    "A web page of another origin may not use this server, which does not ask who calls.";
  const ALIEN: readonly (readonly [string, Record<string, string>])[] = [
    ["of another origin", { host: "localhost:4566", origin: "https://page.example" }],
    ["of another port", { host: "localhost:4566", origin: "http://localhost:3000" }],
    ["of no origin at all", { host: "localhost:4566", origin: "null" }],
    ["of another site", { host: "localhost:4566", "sec-fetch-site": "cross-site" }],
    ["of the same site", { host: "localhost:4566", "sec-fetch-site": "same-site" }],
    [
      "whose name was pointed at this machine",
      { host: "page.example", origin: "http://page.example", "sec-fetch-site": "same-origin" },
    ],
    [
      "whose name only looks like this machine's",
      { host: "localhost.page.example", origin: "http://localhost.page.example" },
    ],
  ];

  describe.each(ALIEN)("refuses a page %s", (_, headers) => {
    test.each(CALLS)("%s", async (_name, signing) => {
      const alien = { ...overHttp(signing), headers: { ...signing.headers, ...headers } };
      const refused = await open.send(undefined, alien);
      expect(refused.status).toBe(403);
      expect(refused.text).toContain(PAGE);
    });
  });

  test.each([
    ["without any such header", {}],
    ["by whatever name it is called", { host: "host.docker.internal:4566" }],
    ["of a page of its own", { host: "localhost:4566", origin: "http://localhost:4566" }],
    ["of a page at an address", { host: "127.0.0.1:4566", origin: "http://127.0.0.1:4566" }],
    ["that a person typed", { host: "localhost:4566", "sec-fetch-site": "none" }],
    ["that says the same", { host: "[::1]:4566", "sec-fetch-site": "same-origin" }],
  ])("answers a request %s", async (_, headers) => {
    const message = json("ListQueues");
    const asked = { ...message, headers: { ...message.headers, ...headers } };
    expect(await open.send(undefined, asked)).toMatchObject({ status: 200 });
  });

  test("lets no page read an answer, nor one where requests are signed", async () => {
    const headers = { host: "localhost", origin: "https://page.example" };
    for (const worker of [open, local, deployed]) {
      const preflight = { method: "OPTIONS", url: HTTPS, headers };
      const response = await worker.response(undefined, preflight);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.status).toBe(404);
    }
  });

  test("asks for nothing that a browser says where requests are signed", async () => {
    const response = await local.response(ROOT, {
      ...json("ListQueues"),
      headers: { ...json("ListQueues").headers, origin: "https://page.example" },
    });
    expect(await outcomeOf(response)).toMatchObject({ status: 200 });
  });
});

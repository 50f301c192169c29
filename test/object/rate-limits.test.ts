/**
 * How much one key and one address may ask of a deployment: who is over is told so by SQS's RequestThrottled,
 * nobody else notices, and a stranger who makes up keys costs no object more than his share.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { accessKeyId } from "../../src/domain/access-key-id.ts";
import { Identity } from "../../src/objects/identity.ts";
import { forgetKeysOf } from "../../src/router/access-keys.ts";
import { PollAllowance } from "../../src/router/poll-allowance.ts";
import {
  type Credentials,
  credentialsOf,
  form,
  HOME_ACCOUNT,
  IAM_VERSION,
  json,
  ROOT,
  SignedWorker,
  type Signing,
} from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

const HTTPS = "https://localhost/";
const THROTTLED = { status: 403, code: "RequestThrottled", message: "Request is throttled." };
const home = Tenant.home(new SignedWorker());
let bob: User;
let carol: User;

beforeAll(async () => {
  const everything = { Effect: "Allow", Action: "sqs:*", Resource: "*" };
  bob = await home.user("limited-bob", everything);
  carol = await home.user("limited-carol", everything);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts as the platform's does, without its clock. */
class Counter {
  readonly #max: number;
  readonly counts = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  async limit({ key }: { key: string }): Promise<{ success: boolean }> {
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return { success: count <= this.#max };
  }
}

function deployed(limits: { KEY_RATE?: RateLimit; ADDRESS_RATE?: RateLimit }): SignedWorker {
  return new SignedWorker({ MILLRACE_ACCESS: undefined, ...limits });
}

function from(address: string, signing: Signing = json("ListQueues")): Signing {
  const headers = { ...signing.headers, "cf-connecting-ip": address };
  return { url: HTTPS, ...signing, headers };
}

describe("an access key", () => {
  test("is throttled when it asks too often, and another one is not", async () => {
    const worker = deployed({ KEY_RATE: new Counter(2) });
    const ask = (caller: Credentials) => worker.send(caller, from("203.0.113.1"));
    const statuses = [await ask(bob.credentials), await ask(bob.credentials)];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200]);
    expect(await ask(bob.credentials)).toMatchObject(THROTTLED);
    expect(await ask(carol.credentials)).toMatchObject({ status: 200 });
  });

  test.each<readonly [string, Signing, string]>([
    ["SQS in the Query protocol", form({ Action: "ListQueues" }), "RequestThrottled"],
    [
      "IAM",
      { ...form({ Action: "ListUsers", Version: IAM_VERSION }), service: "iam" },
      "RequestThrottled",
    ],
    ["a look", { method: "GET", url: `${HTTPS}_aws/sqs/messages?QueueUrl=a` }, "RequestThrottled"],
  ])("is told so by %s, too", async (_, signing, code) => {
    const worker = deployed({ KEY_RATE: new Counter(0) });
    const answer = await worker.send(ROOT, from("203.0.113.1", signing));
    expect(answer).toMatchObject({ status: 403, code, message: "Request is throttled." });
  });

  test.each(["_millrace/reset", "_millrace/metrics"])("is told so by %s", async (path) => {
    const worker = deployed({ KEY_RATE: new Counter(0) });
    const method = path.endsWith("reset") ? "POST" : "GET";
    const answer = await worker.send(ROOT, from("203.0.113.1", { method, url: HTTPS + path }));
    expect(answer).toMatchObject({ status: 403, text: "Request is throttled.\n" });
  });

  test("is not used up by those who cannot sign with it", async () => {
    const counter = new Counter(1);
    const worker = deployed({ KEY_RATE: counter });
    for (let times = 0; times < 5; times++) {
      const wrong = { ...bob.credentials, secret: "wrong" };
      expect((await worker.send(wrong, from("203.0.113.1"))).code).toBe(
        "InvalidSignatureException",
      );
    }
    expect(counter.counts.size).toBe(0);
    expect(await worker.send(bob.credentials, from("203.0.113.1"))).toMatchObject({ status: 200 });
  });
});

describe("an address", () => {
  const anonymous = "AccessDeniedException";

  test("without credentials is throttled when it asks too often, and another one is not", async () => {
    const worker = deployed({ ADDRESS_RATE: new Counter(2) });
    const ask = async (address: string) => (await worker.send(undefined, from(address))).code;
    expect(await ask("203.0.113.1")).toBe(anonymous);
    expect(await ask("203.0.113.1")).toBe(anonymous);
    expect(await ask("203.0.113.1")).toBe("RequestThrottled");
    expect(await ask("203.0.113.2")).toBe(anonymous);
  });

  test("cannot ask objects after more keys than its share, however many it makes up", async () => {
    const asked = vi.spyOn(Identity.prototype, "findKey");
    const worker = deployed({ ADDRESS_RATE: new Counter(3) });
    const codes: string[] = [];
    for (let number = 0; number < 10; number++) {
      const unique = new Uint8Array(9).fill(number + 100);
      const invented = accessKeyId({ kind: "long-term", accountId: "777788889999" }, unique);
      const caller = { accessKeyId: invented, secret: "x" };
      codes.push((await worker.send(caller, from("203.0.113.3"))).code);
    }
    expect(codes.filter((code) => code === "UnrecognizedClientException")).toHaveLength(3);
    expect(codes.filter((code) => code === "RequestThrottled")).toHaveLength(7);
    expect(asked).toHaveBeenCalledTimes(3);
  });

  test("that shows the same made-up key again and again is answered from memory", async () => {
    const asked = vi.spyOn(Identity.prototype, "findKey");
    const worker = deployed({ ADDRESS_RATE: new Counter(1) });
    const unique = new Uint8Array(9).fill(1);
    const invented = accessKeyId({ kind: "temporary", accountId: "777788880000" }, unique);
    for (let times = 0; times < 5; times++) {
      const caller = { accessKeyId: invented, secret: "x", sessionToken: "t" };
      const { code } = await worker.send(caller, from("203.0.113.4"));
      expect(code).toBe("UnrecognizedClientException");
    }
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test("that is over its share shuts out neither the root nor a key that is known", async () => {
    const worker = deployed({ ADDRESS_RATE: new Counter(1) });
    expect(await worker.send(bob.credentials, from("203.0.113.5"))).toMatchObject({ status: 200 });
    for (let times = 0; times < 3; times++) await worker.send(undefined, from("203.0.113.5"));
    expect((await worker.send(undefined, from("203.0.113.5"))).code).toBe("RequestThrottled");
    expect(await worker.send(bob.credentials, from("203.0.113.5"))).toMatchObject({ status: 200 });
    expect(await worker.send(ROOT, from("203.0.113.5"))).toMatchObject({ status: 200 });
  });

  test("that is over its share of anonymous requests has its own of questions after keys", async () => {
    const worker = deployed({ ADDRESS_RATE: new Counter(1) });
    for (let times = 0; times < 3; times++) await worker.send(undefined, from("203.0.113.5"));
    forgetKeysOf(HOME_ACCOUNT);
    expect(await worker.send(bob.credentials, from("203.0.113.5"))).toMatchObject({ status: 200 });
    forgetKeysOf(HOME_ACCOUNT);
    expect(await worker.send(bob.credentials, from("203.0.113.5"))).toMatchObject(THROTTLED);
    expect(await worker.send(bob.credentials, from("203.0.113.6"))).toMatchObject({ status: 200 });
  });

  test("of version 6 is counted with all of its network", async () => {
    const worker = deployed({ ADDRESS_RATE: new Counter(2) });
    const codes: string[] = [];
    for (const host of ["::1", "::2", "1:2:3:4", "5:6:7:8"]) {
      codes.push(
        (
          await worker.send(
            undefined,
            from(`2001:db8:0:1${host.startsWith("::") ? host : `:${host}`}`),
          )
        ).code,
      );
    }
    expect(codes.filter((code) => code === "RequestThrottled")).toHaveLength(2);
    expect((await worker.send(undefined, from("2001:db8:0:2::1"))).code).toBe(
      "AccessDeniedException",
    );
  });
});

describe("a user", () => {
  test("is counted with all keys and sessions", async () => {
    const worker = deployed({ KEY_RATE: new Counter(3) });
    const asked = { Action: "GetSessionToken" };
    const session = credentialsOf(await new SignedWorker().sts(bob.credentials, asked));
    for (const caller of [bob.credentials, session, bob.credentials]) {
      expect(await worker.send(caller, from("203.0.113.5"))).toMatchObject({ status: 200 });
    }
    expect(await worker.send(session, from("203.0.113.5"))).toMatchObject(THROTTLED);
    expect(await worker.send(carol.credentials, from("203.0.113.5"))).toMatchObject({
      status: 200,
    });
  });
});

describe("the platform's own counter", () => {
  test("throttles an address at the number that the configuration has", async () => {
    const { ADDRESS_RATE } = env;
    if (ADDRESS_RATE === undefined) throw new Error("the configuration has no such rate");
    const worker = deployed({ ADDRESS_RATE });
    const codes = await Promise.all(
      Array.from(
        { length: 1_220 },
        async () => (await worker.send(undefined, from("203.0.113.7"))).code,
      ),
    );
    const throttledCount = codes.filter((code) => code === "RequestThrottled").length;
    // Its minute may end meanwhile: then there are 600 more.
    expect(throttledCount).toBeGreaterThanOrEqual(20);
    expect(throttledCount).toBeLessThanOrEqual(620);
    expect((await worker.send(undefined, from("203.0.113.8"))).code).toBe("AccessDeniedException");
  });

  test("that fails lets requests through: it protects a bill and no secret", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const broken = { limit: () => Promise.reject(new Error("away")) };
    const worker = deployed({ KEY_RATE: broken, ADDRESS_RATE: broken });
    expect(await worker.send(ROOT, from("203.0.113.1"))).toMatchObject({ status: 200 });
    expect((await worker.send(undefined, from("203.0.113.1"))).code).toBe("AccessDeniedException");
    expect(warned).toHaveBeenCalledTimes(2);
  });
});

describe("the waiting receives of a key", () => {
  const { enter, leave } = PollAllowance.prototype;

  test("are bounded, in which others' have no part, and who is served makes room", async () => {
    const small = new PollAllowance(2);
    const entered: string[] = [];
    vi.spyOn(PollAllowance.prototype, "enter").mockImplementation((key) => {
      entered.push(key);
      return enter.call(small, key);
    });
    vi.spyOn(PollAllowance.prototype, "leave").mockImplementation((key) => leave.call(small, key));
    const worker = new SignedWorker();
    const QueueUrl = await home.createQueue("limited-polls");
    const receive = ({ credentials }: User, WaitTimeSeconds: number) =>
      worker.call(credentials, "ReceiveMessage", { QueueUrl, WaitTimeSeconds });
    const send = (MessageBody: string) =>
      worker.must(ROOT, "SendMessage", { QueueUrl, MessageBody });
    const waiting = [receive(bob, 20), receive(bob, 20)];
    await expect.poll(() => entered.length).toBe(2);
    expect(await receive(bob, 20)).toMatchObject({
      status: 403,
      code: "RequestThrottled",
      message: "Too many requests of this access key wait for messages.",
    });
    expect(await receive(bob, 0)).toMatchObject({ status: 200 });
    waiting.push(receive(carol, 20));
    await expect.poll(() => entered.length).toBe(4);
    await send("a");
    expect((await Promise.race(waiting)).text).toContain('"Body":"a"');
    await send("b");
    await send("c");
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200]);
    entered.length = 0;
    const again = [receive(bob, 20), receive(bob, 20)];
    await expect.poll(() => entered.length).toBe(2);
    await send("d");
    await send("e");
    expect((await Promise.all(again)).map(({ status }) => status)).toEqual([200, 200]);
  });
});

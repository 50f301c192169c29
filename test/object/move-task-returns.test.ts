/**
 * Where a move task without a destination may take messages back to, when requests are signed: to the queues
 * that its caller was asked about. A queue that has named another dead-letter queue meanwhile is none of
 * them, whatever it has dead-lettered before.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { demandsOf, sendableArns } from "../../src/router/demands.ts";
import type { Exchange } from "../../src/router/exchange.ts";
import { keyringOf } from "../../src/router/keyring.ts";
import { accountStub } from "../../src/router/object-directory.ts";
import { type JsonObject, objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { eventually } from "./polled-queue.ts";
import { type Credentials, SignedWorker } from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

const MOVING = [
  "sqs:StartMessageMoveTask",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
];
const KINDS = [
  ["a standard queue", "", {}],
  ["a FIFO queue", ".fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" }],
] as const;

const worker = new SignedWorker();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await Tenant.created(worker);
});

describe.each(KINDS)("of %s", (_, suffix, attributes) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = new Stage(suffix, attributes);
    await stage.setUp();
  });

  test("a message stays whose queue denies the caller and names another one now", async () => {
    await stage.bury("former", "of the former source");
    const before = await stage.onlyLetter();
    await stage.pointElsewhere("former");
    await tenant.share(`former${suffix}`, stage.denial());
    const task = await stage.moved(stage.mover.credentials);
    expect(task).toMatchObject({ Status: "FAILED", FailureReason: "AccessDenied" });
    expect(task).toMatchObject({ ApproximateNumberOfMessagesMoved: 0 });
    expect(task).not.toHaveProperty("TaskHandle");
    expect(await stage.visible("former")).toBe(0);
    expect(await stage.onlyLetter()).toEqual({ ...before, receives: before.receives + 1 });
  });

  test("the root's task leaves it alone, too, and moves it where it is told to", async () => {
    expect(await stage.moved(tenant.root)).toMatchObject({ FailureReason: "AccessDenied" });
    const DestinationArn = tenant.queueArn(`source${suffix}`);
    const task = await stage.moved(tenant.root, { DestinationArn });
    expect(task).toMatchObject({ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 1 });
    expect(await stage.visible("source")).toBe(1);
  });

  test("messages go back to a queue that names it, though there were others once", async () => {
    await worker.must(tenant.root, "PurgeQueue", { QueueUrl: stage.url("source") });
    await stage.bury("source", "of the source");
    const task = await stage.moved(stage.mover.credentials);
    expect(task).toMatchObject({ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 1 });
    await eventually(async () => (await stage.visible("source")) === 1, "nothing came back");
    expect(await stage.visible("former")).toBe(0);
  });
});

describe("all queues that name the dead-letter queue are asked about", () => {
  const COUNT = 2_001;

  test("also those beyond a page of the directory, and none where access is open", async () => {
    const owner = { accountId: "111122223333", region: "us-east-1" };
    await runInDurableObject(accountStub(env, owner), (account) => {
      for (let number = 0; number < COUNT; number++) {
        const queueName = `source-${number}`;
        account.putEntry({ queueName, version: 1, exists: true, deadLetterTarget: "dead" });
      }
    });
    const input = { SourceArn: "arn:aws:sqs:us-east-1:111122223333:dead" };
    const ofRoot = await demandsOf("StartMessageMoveTask", input, exchangeOf(owner, true));
    const arns = new Set(sendableArns(ofRoot));
    expect(arns.size).toBe(COUNT);
    expect(arns).toContain(`arn:aws:sqs:us-east-1:111122223333:source-${COUNT - 1}`);
    const open = await demandsOf("StartMessageMoveTask", input, exchangeOf(owner, false));
    expect(sendableArns(open)).toEqual([]);
  });
});

/** A dead-letter queue with two sources, and a user who may send to one of them. */
class Stage {
  readonly #suffix: string;
  readonly #attributes: Readonly<Record<string, string>>;
  #mover: User | undefined;

  constructor(suffix: string, attributes: Readonly<Record<string, string>>) {
    this.#suffix = suffix;
    this.#attributes = attributes;
  }

  get mover(): User {
    if (this.#mover === undefined) throw new Error("the stage is not set");
    return this.#mover;
  }

  async setUp(): Promise<void> {
    await this.#create("dead");
    await this.#create("elsewhere");
    await this.#create("former", redriveTo(this.#arn("dead")));
    await this.#create("source", redriveTo(this.#arn("dead")));
    this.#mover = await tenant.user(
      `mover${this.#suffix}`,
      {
        Effect: "Allow",
        Action: [...MOVING, "sqs:ListMessageMoveTasks"],
        Resource: this.#arn("dead"),
      },
      { Effect: "Allow", Action: "sqs:SendMessage", Resource: this.#arn("source") },
    );
  }

  url(name: string): string {
    return tenant.queueUrl(`${name}${this.#suffix}`);
  }

  denial(): object {
    const Principal = { AWS: this.mover.arn };
    return { Effect: "Deny", Principal, Action: "sqs:SendMessage" };
  }

  async pointElsewhere(name: string): Promise<void> {
    const Attributes = redriveTo(this.#arn("elsewhere"));
    await worker.must(tenant.root, "SetQueueAttributes", { QueueUrl: this.url(name), Attributes });
  }

  /** A message of the queue fails, and leaves it. */
  async bury(name: string, MessageBody: string): Promise<void> {
    const QueueUrl = this.url(name);
    const group = this.#suffix === "" ? {} : { MessageGroupId: "g" };
    await worker.must(tenant.root, "SendMessage", { QueueUrl, MessageBody, ...group });
    for (let receives = 0; receives < 2; receives++) {
      await worker.must(tenant.root, "ReceiveMessage", { QueueUrl, VisibilityTimeout: 0 });
    }
    await eventually(async () => (await this.visible("dead")) === 1, `${name}: nothing died`);
  }

  async visible(name: string): Promise<number> {
    const input = { QueueUrl: this.url(name), AttributeNames: ["ApproximateNumberOfMessages"] };
    const answer = await worker.must(tenant.root, "GetQueueAttributes", input);
    return Number(objectOf(answer, "Attributes")["ApproximateNumberOfMessages"]);
  }

  /** What is the only one in the dead-letter queue, and stays visible. */
  async onlyLetter() {
    const input = { QueueUrl: this.url("dead"), VisibilityTimeout: 0, AttributeNames: ["All"] };
    // A FIFO queue asks a group that has moved nothing again a moment later.
    const patient = { ...input, WaitTimeSeconds: 5 };
    const answer = await worker.must(tenant.root, "ReceiveMessage", patient);
    const [message = {}, ...more] = objectsOf(answer, "Messages");
    expect(more).toEqual([]);
    const { ApproximateReceiveCount, ...rest } = objectOf(message, "Attributes");
    const { Body, MessageId } = message;
    return { Body, MessageId, rest, receives: Number(ApproximateReceiveCount) };
  }

  /** The task that the caller has started, when it has ended. */
  async moved(caller: Credentials, input: object = {}): Promise<JsonObject> {
    const SourceArn = this.#arn("dead");
    const started = await worker.must(caller, "StartMessageMoveTask", { SourceArn, ...input });
    expect(stringOf(started, "TaskHandle")).not.toBe("");
    let task: JsonObject = {};
    await eventually(async () => {
      const listed = await worker.must(tenant.root, "ListMessageMoveTasks", { SourceArn });
      [task = {}] = objectsOf(listed, "Results");
      return task["Status"] !== "RUNNING";
    }, "the task does not end");
    return task;
  }

  #arn(name: string): string {
    return tenant.queueArn(`${name}${this.#suffix}`);
  }

  async #create(name: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
    await tenant.createQueue(`${name}${this.#suffix}`, { ...this.#attributes, ...more });
  }
}

function redriveTo(deadLetterTargetArn: string) {
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }) };
}

function exchangeOf(caller: Exchange["caller"], isSigned: boolean): Exchange {
  const keyring = keyringOf({});
  if (keyring === undefined) throw new Error("no keys can be read");
  const origin = { sourceIp: undefined, isSecure: true, userAgent: undefined };
  const principal = { kind: "root", accountId: caller.accountId } as const;
  const root = { principal, accessKeyId: undefined, identityPolicies: [], origin };
  return {
    caller,
    access: isSigned ? root : undefined,
    endpoint: "http://localhost/",
    objects: env,
    keyring,
    signal: () => new AbortController().signal,
    background: () => undefined,
    pathQueueUrl: undefined,
    traceHeader: undefined,
  };
}

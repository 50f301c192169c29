/**
 * RedrivePolicy, which names a queue's dead-letter queue, and RedriveAllowPolicy, by which that queue
 * chooses its sources: their form, what the target must be, and that a refused request changes nothing.
 */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { evictAll, FIFO } from "./fifo-queue.ts";
import {
  accepted,
  acceptedSilently,
  call,
  invalidValue,
  newName,
  noQueue,
  refused,
} from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const KINDS = [
  { kind: "standard", attributes: {}, suffix: "" },
  { kind: "FIFO", attributes: FIFO, suffix: ".fifo" },
];
const NO_TARGET = "Dead letter target does not exist.";
const OTHER_KIND = "Dead-letter queue must be same type of queue as the source..";
const OTHER_OWNER = "Dead-letter target owner should be same as the source.";
const NOT_ALLOWED =
  "Dead-letter target does not allow this queue as a source in its RedriveAllowPolicy.";

function policyTo(deadLetterTargetArn: unknown, maxReceiveCount: unknown = 3): string {
  return JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
}

function set(queue: TestQueue, Attributes: object) {
  return queue.call("SetQueueAttributes", { Attributes });
}

function invalidText(policy: string, reason: string, name = "RedrivePolicy"): string {
  return `Value ${policy} for parameter ${name} is invalid. Reason: ${reason}`;
}

/** By both actions that set it, and neither makes or changes anything. */
async function refusedToAll(
  attributes: Record<string, string>,
  flawed: Record<string, string>,
  message: string | RegExp,
): Promise<void> {
  const queue = await TestQueue.create(attributes);
  const before = await queue.attributes();
  const change = { DelaySeconds: "7", ...flawed, VisibilityTimeout: "7" };
  await refused(set(queue, change), invalidValue, message);
  await queue.evict();
  expect(await queue.attributes()).toEqual(before);
  const QueueName = newName() + (attributes.FifoQueue === undefined ? "" : ".fifo");
  const creation = { QueueName, Attributes: { ...attributes, ...change } };
  await refused(call("CreateQueue", creation), invalidValue, message);
  await refused(call("GetQueueUrl", { QueueName }), noQueue);
}

describe.each(KINDS)("the RedrivePolicy of a $kind queue", ({ attributes, suffix }) => {
  test("comes back in its canonical form, whichever action set it [pail]", async () => {
    const target = await TestQueue.create(attributes);
    const canonical = `{"deadLetterTargetArn":"${target.arn}","maxReceiveCount":5}`;
    const written = `{ "maxReceiveCount" : "5",\n "deadLetterTargetArn": "${target.arn}" }`;
    const created = await TestQueue.create({ ...attributes, RedrivePolicy: written });
    const changed = await TestQueue.create(attributes);
    await acceptedSilently(set(changed, { RedrivePolicy: written }));
    await evictAll();
    for (const queue of [created, changed]) {
      expect(await queue.attributes("RedrivePolicy")).toEqual({ RedrivePolicy: canonical });
    }
  });

  test.each([1, 1000, "1", "1000"])("may have a maxReceiveCount of %j [docs]", async (count) => {
    const target = await TestQueue.create(attributes);
    const RedrivePolicy = policyTo(target.arn, count);
    const queue = await TestQueue.create({ ...attributes, RedrivePolicy });
    const canonical = policyTo(target.arn, Number(count));
    expect(await queue.attributes("RedrivePolicy")).toEqual({ RedrivePolicy: canonical });
  });

  test("must name a queue that exists [iss serverless#5215]", async () => {
    const policy = policyTo(`arn:aws:sqs:us-east-1:000000000000:${newName()}${suffix}`);
    await refusedToAll(attributes, { RedrivePolicy: policy }, invalidText(policy, NO_TARGET));
  });

  test("must name a queue that still exists", async () => {
    const target = await TestQueue.create(attributes);
    await acceptedSilently(target.call("DeleteQueue"));
    const policy = policyTo(target.arn);
    await refusedToAll(attributes, { RedrivePolicy: policy }, invalidText(policy, NO_TARGET));
  });

  test("must name a queue of the same account [docs], and says so first", async () => {
    const policy = policyTo(`arn:aws:sqs:eu-west-1:111111111111:${newName()}${suffix}`);
    await refusedToAll(attributes, { RedrivePolicy: policy }, invalidText(policy, OTHER_OWNER));
  });

  test("finds no queue of another region [docs]", async () => {
    const QueueName = `${newName()}${suffix}`;
    const credential = "Credential=AKIDEXAMPLE/21000101/eu-west-1/sqs/aws4_request";
    const headers = { authorization: `AWS4-HMAC-SHA256 ${credential}` };
    await accepted(call("CreateQueue", { QueueName, Attributes: attributes }, { headers }));
    const policy = policyTo(`arn:aws:sqs:eu-west-1:000000000000:${QueueName}`);
    await refusedToAll(attributes, { RedrivePolicy: policy }, invalidText(policy, NO_TARGET));
  });

  test("must name a queue of its own kind, and ends in two full stops [pail, iss]", async () => {
    const target = await TestQueue.create(suffix === "" ? FIFO : {});
    const policy = policyTo(target.arn);
    await refusedToAll(attributes, { RedrivePolicy: policy }, invalidText(policy, OTHER_KIND));
  });

  test("must name a queue that allows the source [pail]", async () => {
    const RedriveAllowPolicy = '{"redrivePermission":"denyAll"}';
    const target = await TestQueue.create({ ...attributes, RedriveAllowPolicy });
    const policy = policyTo(target.arn);
    await refusedToAll(attributes, { RedrivePolicy: policy }, invalidText(policy, NOT_ALLOWED));
  });

  test("may name the queue itself once that is there [pail]", async () => {
    const queue = await TestQueue.create(attributes);
    const RedrivePolicy = policyTo(queue.arn);
    await acceptedSilently(set(queue, { RedrivePolicy }));
    expect(await queue.attributes("RedrivePolicy")).toEqual({ RedrivePolicy });
    const again = { QueueName: queue.name, Attributes: { ...attributes, RedrivePolicy } };
    expect(await accepted(call("CreateQueue", again))).toEqual({ QueueUrl: queue.url });
  });

  test("cannot name the queue that it is to create", async () => {
    const QueueName = `${newName()}${suffix}`;
    const RedrivePolicy = policyTo(`arn:aws:sqs:us-east-1:000000000000:${QueueName}`);
    const creation = { QueueName, Attributes: { ...attributes, RedrivePolicy } };
    const message = invalidText(RedrivePolicy, NO_TARGET);
    await refused(call("CreateQueue", creation), invalidValue, message);
    await refused(call("GetQueueUrl", { QueueName }), noQueue);
  });

  test("may be that of a dead-letter queue", async () => {
    const last = await TestQueue.create(attributes);
    const middle = await TestQueue.create({ ...attributes, RedrivePolicy: policyTo(last.arn) });
    const RedrivePolicy = policyTo(middle.arn);
    const first = await TestQueue.create({ ...attributes, RedrivePolicy });
    expect(await first.attributes("RedrivePolicy")).toEqual({ RedrivePolicy });
  });

  test("stays when its target goes, and looks for it when it is set again", async () => {
    const target = await TestQueue.create(attributes);
    const RedrivePolicy = policyTo(target.arn);
    const queue = await TestQueue.create({ ...attributes, RedrivePolicy });
    await acceptedSilently(target.call("DeleteQueue"));
    await acceptedSilently(set(queue, { VisibilityTimeout: "9" }));
    expect(await queue.attributes("RedrivePolicy")).toEqual({ RedrivePolicy });
    const message = invalidText(RedrivePolicy, NO_TARGET);
    await refused(set(queue, { RedrivePolicy }), invalidValue, message);
    pass(60);
    await accepted(call("CreateQueue", { QueueName: target.name, Attributes: attributes }));
    await acceptedSilently(set(queue, { RedrivePolicy }));
  });

  test("is removed by the empty text, wherever its target is [ls]", async () => {
    const target = await TestQueue.create(attributes);
    const RedrivePolicy = policyTo(target.arn);
    const queue = await TestQueue.create({ ...attributes, RedrivePolicy });
    await acceptedSilently(target.call("DeleteQueue"));
    await acceptedSilently(set(queue, { RedrivePolicy: "" }));
    await queue.evict();
    expect(await queue.attributes()).not.toHaveProperty("RedrivePolicy");
    await acceptedSilently(set(queue, { RedrivePolicy: "" }));
  });
});

describe("a RedrivePolicy", () => {
  test("of a queue that does not exist is no matter, whatever its flaws", async () => {
    const queue = await TestQueue.create();
    const target = await TestQueue.create();
    await acceptedSilently(queue.call("DeleteQueue"));
    for (const policy of [policyTo(target.arn), policyTo(queue.arn), policyTo("x"), "x", ""]) {
      await refused(set(queue, { RedrivePolicy: policy }), noQueue);
    }
  });

  test("with which a queue is created again is compared with what it has [ls]", async () => {
    const target = await TestQueue.create();
    const queue = await TestQueue.create({ RedrivePolicy: policyTo(target.arn) });
    const again = (RedrivePolicy: string) =>
      call("CreateQueue", { QueueName: queue.name, Attributes: { RedrivePolicy } });
    expect(await accepted(again(policyTo(target.arn, "3")))).toEqual({ QueueUrl: queue.url });
    const text = /different value for attribute RedrivePolicy$/;
    await refused(again(policyTo(target.arn, 4)), "QueueNameExists", text);
    await refused(again(policyTo(queue.arn)), "QueueNameExists", text);
  });
});

describe("a RedrivePolicy is refused for its form before its target is looked for:", () => {
  const arn = "arn:aws:sqs:us-east-1:000000000000:dead";
  const noMap =
    /^Invalid value for the parameter RedrivePolicy\. Reason: .* not a valid JSON map\.$/;
  const mandatory = "Redrive policy does not contain mandatory attribute:";
  const brackets = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const reasoned = (policy: string, reason: string): [string, string] => [
    policy,
    invalidText(policy, reason),
  ];

  test.each<[string, string | RegExp]>([
    ["x", noMap],
    ["[]", noMap],
    ["null", noMap],
    [" ", noMap],
    reasoned('{"maxReceiveCount":1}', `${mandatory} deadLetterTargetArn.`),
    reasoned(`{ "deadLetterTargetArn": "${arn}" }`, `${mandatory} maxReceiveCount.`),
    reasoned(
      JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1, x: 1 }),
      "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].",
    ),
    ...[0, 1001, -1, 1.5, "x", "", null, true, "1e2", []].map((count) =>
      reasoned(
        policyTo(arn, count),
        `Invalid value for maxReceiveCount: ${JSON.stringify(count)}, valid values are from 1 to 1000 both inclusive.`,
      ),
    ),
    ...["dead", "", "arn:aws:sqs:us-east-1:0:dead", `${arn}:x`, `${arn}.x`, 1, null].map((target) =>
      reasoned(policyTo(target), "Dead-letter target ARN should be fully qualified ARN."),
    ),
    [`{"deadLetterTargetArn":"a","maxReceiveCount":${brackets}}`, /RedrivePolicy/],
    ['{"deadLetterTargetArn":"a","maxReceiveCount":{"toString":1,"valueOf":1}}', /RedrivePolicy/],
  ])("policy %# [pail, ls, las?]", async (RedrivePolicy, message) => {
    await refusedToAll({}, { RedrivePolicy }, message);
  });
});

describe("a RedriveAllowPolicy", () => {
  const ARN = "arn:aws:sqs:us-east-1:000000000000:source";

  test.each([
    { redrivePermission: "allowAll" },
    { redrivePermission: "denyAll" },
    { redrivePermission: "byQueue", sourceQueueArns: [ARN] },
    { redrivePermission: "byQueue", sourceQueueArns: Array.from({ length: 10 }, () => ARN) },
  ])("%j is accepted; the sources need not exist", async (policy) => {
    const RedriveAllowPolicy = JSON.stringify(policy);
    const queue = await TestQueue.create({ RedriveAllowPolicy });
    expect(await queue.attributes("RedriveAllowPolicy")).toEqual({ RedriveAllowPolicy });
  });

  const unsupported =
    "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.";
  const reasoned = (policy: object, reason: string): [string, string] => {
    const json = JSON.stringify(policy);
    const text = `Amazon SQS can't create the redrive allow policy. ${reason}`;
    return [json, invalidText(json, text, "RedriveAllowPolicy")];
  };
  const needsSources =
    "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.";
  const needsByQueue =
    "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.";

  test.each<[string, string]>([
    ...["x", "{}", "[]", '{"redrivePermission":"some"}'].map((text): [string, string] => [
      text,
      unsupported,
    ]),
    ...['["x"]', "[1]", '"x"', "{}"].map((arns): [string, string] => [
      `{"redrivePermission":"byQueue","sourceQueueArns":${arns}}`,
      unsupported,
    ]),
    reasoned({ redrivePermission: "byQueue" }, needsSources),
    reasoned({ redrivePermission: "byQueue", sourceQueueArns: [] }, needsSources),
    reasoned({ redrivePermission: "allowAll", sourceQueueArns: [ARN] }, needsByQueue),
    reasoned({ redrivePermission: "denyAll", sourceQueueArns: [ARN] }, needsByQueue),
    reasoned(
      {
        redrivePermission: "byQueue",
        sourceQueueArns: Array.from({ length: 11 }, (_, index) => `${ARN}${index}`),
      },
      "The maximum number of source queue ARNs you can specify is 10.",
    ),
  ])("%# is refused [pail, las?]", async (RedriveAllowPolicy, message) => {
    await refusedToAll({}, { RedriveAllowPolicy }, message);
  });
});

describe.each(KINDS)("a $kind dead-letter queue", ({ attributes }) => {
  const allow = (redrivePermission: string, sourceQueueArns?: string[]) => ({
    RedriveAllowPolicy: JSON.stringify({ redrivePermission, sourceQueueArns }),
  });

  test("that allows all, or says nothing, takes any source [docs]", async () => {
    for (const allowance of [{}, allow("allowAll")]) {
      const target = await TestQueue.create({ ...attributes, ...allowance });
      await TestQueue.create({ ...attributes, RedrivePolicy: policyTo(target.arn) });
    }
  });

  test("that allows sources by queue takes those that it names, all ten of them [pail]", async () => {
    const others = Array.from({ length: 9 }, (_, index) => {
      return `arn:aws:sqs:us-east-1:000000000000:other${index}`;
    });
    const [named, unnamed] = [
      await TestQueue.create(attributes),
      await TestQueue.create(attributes),
    ];
    const allowance = allow("byQueue", [...others, named.arn]);
    const target = await TestQueue.create({ ...attributes, ...allowance });
    const RedrivePolicy = policyTo(target.arn);
    await acceptedSilently(set(named, { RedrivePolicy }));
    const message = invalidText(RedrivePolicy, NOT_ALLOWED);
    await refused(set(unnamed, { RedrivePolicy }), invalidValue, message);
    expect(await unnamed.attributes()).not.toHaveProperty("RedrivePolicy");
  });

  test("allows anew with each policy, and the sources that it has keep theirs", async () => {
    const target = await TestQueue.create(attributes);
    const RedrivePolicy = policyTo(target.arn);
    const source = await TestQueue.create({ ...attributes, RedrivePolicy });
    await acceptedSilently(set(target, allow("denyAll")));
    expect(await source.attributes("RedrivePolicy")).toEqual({ RedrivePolicy });
    await refused(set(source, { RedrivePolicy }), invalidValue);
    await acceptedSilently(set(target, { RedriveAllowPolicy: "" }));
    await acceptedSilently(set(source, { RedrivePolicy }));
  });

  test("that denies all denies itself, too", async () => {
    const queue = await TestQueue.create({ ...attributes, ...allow("denyAll") });
    const RedrivePolicy = policyTo(queue.arn);
    const message = invalidText(RedrivePolicy, NOT_ALLOWED);
    await refused(set(queue, { RedrivePolicy }), invalidValue, message);
  });
});

/** Policy as an attribute: its form and its limits; and that "" removes what can be unset. */
import { describe, expect, test } from "vitest";
import { acceptedSilently, LONE_SURROGATES, refused } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

const STATEMENT = { Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" };
const POLICY = { Version: "2012-10-17", Statement: [STATEMENT] };
const ALLOW_ALL = JSON.stringify({ redrivePermission: "allowAll" });

/** A policy of one statement with something changed in it. */
function of(change: object): string {
  return JSON.stringify({ ...POLICY, Statement: { ...STATEMENT, ...change } });
}

function set(queue: TestQueue, Attributes: object) {
  return queue.call("SetQueueAttributes", { Attributes });
}

describe("Policy", () => {
  test("comes back byte for byte [bal]", async () => {
    const Policy = JSON.stringify(POLICY, null, 3);
    const queue = await TestQueue.create({ Policy });
    await queue.evict();
    expect(await queue.attributes("Policy")).toEqual({ Policy });
  });

  test("without a version gets that of 2008 [iss terraform-provider-aws#24046]", async () => {
    const queue = await TestQueue.create();
    await acceptedSilently(set(queue, { Policy: JSON.stringify({ Statement: [STATEMENT] }) }));
    const { Policy } = await queue.attributes("Policy");
    expect(JSON.parse(String(Policy))).toEqual({ Version: "2008-10-17", Statement: [STATEMENT] });
  });

  test.each(
    titled([
      "{}",
      "[]",
      "null",
      "x",
      "{",
      '{"Version":"2012-10-17"}',
      '{"Version":"2012-10-17","Statement":"x"}',
      '{"Version":"2012-10-17","Statement":[1]}',
      JSON.stringify({ ...POLICY, Version: "2020-01-01" }),
      JSON.stringify({ ...POLICY, Version: 2012 }),
      of({ Principal: undefined }),
      of({ Principal: { AWS: "arn:aws:iam::123456789012:user/*" } }),
      of({ Action: undefined }),
      of({ Action: "sqs:SendMessageBatch" }),
      of({ Resource: undefined }),
      of({ Resource: "queue" }),
      of({ Effect: "allow" }),
      of({ Condition: { StringLikes: { "aws:UserAgent": "a" } } }),
      of({ Condition: { IpAddress: { "aws:SourceIp": "everywhere" } } }),
      `{"Version":"2012-10-17","Statement":[{"Condition":${"[".repeat(3000)}${"]".repeat(3000)}}]}`,
      `{"Statement":[{"Condition":${"[".repeat(4000)}${"]".repeat(4000)}}]}`,
      ...LONE_SURROGATES.map((id) => `{"Version":"2012-10-17","Id":"${id}","Statement":[]}`),
    ]),
  )("$title is refused [iss terraform-provider-aws#42209]", async ({ text: Policy }) => {
    const queue = await TestQueue.create();
    const text = "Invalid value for the parameter Policy.";
    await refused(set(queue, { Policy }), "InvalidAttributeValue", text);
    expect(await queue.attributes("Policy")).toEqual({});
  });

  test("of 8 KiB is accepted, of one byte more is over the limit [docs, iss cloudfoxable#29]", async () => {
    const queue = await TestQueue.create();
    const Policy = JSON.stringify(POLICY).padEnd(8192, " ");
    await acceptedSilently(set(queue, { Policy }));
    const text = "Submitted policy is over max allowed size.";
    await refused(set(queue, { Policy: `${Policy} ` }), "OverLimit", text);
    expect(await queue.attributes("Policy")).toEqual({ Policy });
  });

  test("of 10 actions or 22 statements is over the limit [iss cloud-platform#9082, las?]", async () => {
    const queue = await TestQueue.create();
    const Action = Array.from({ length: 10 }, () => "sqs:SendMessage");
    const actions = JSON.stringify({ ...POLICY, Statement: { ...STATEMENT, Action } });
    await refused(
      set(queue, { Policy: actions }),
      "OverLimit",
      "10 actions were found in a statement from the submitted policy, max allowed is 7",
    );
    const Statement = Array.from({ length: 22 }, () => STATEMENT);
    const statements = JSON.stringify({ ...POLICY, Statement });
    await refused(
      set(queue, { Policy: statements }),
      "OverLimit",
      "22 statements were found in the submitted policy, max allowed is 20",
    );
    expect(await queue.attributes("Policy")).toEqual({});
  });
});

describe("Policy [docs]", () => {
  const many = (count: number, change: (index: number) => object): string => {
    const Statement = Array.from({ length: count }, (_, index) => {
      return { ...STATEMENT, ...change(index) };
    });
    return JSON.stringify({ ...POLICY, Statement });
  };
  const named = (index: number) => {
    const AWS = Array.from({ length: index === 0 ? 6 : 5 }, () => "123456789012");
    return { Principal: { AWS } };
  };
  const conditional = () => ({ Condition: { Bool: { "aws:SecureTransport": "true" } } });

  test.each([
    ["51 principals", many(10, named)],
    ["11 conditions", many(11, conditional)],
  ])("of %s is over the limit", async (what, Policy) => {
    const queue = await TestQueue.create();
    const limit = Number.parseInt(what, 10) - 1;
    const text = `${what} were found in the submitted policy, max allowed is ${limit}`;
    await refused(set(queue, { Policy }), "OverLimit", text);
    expect(await queue.attributes("Policy")).toEqual({});
  });

  test("of ten conditions is accepted", async () => {
    const queue = await TestQueue.create();
    await acceptedSilently(set(queue, { Policy: many(10, conditional) }));
  });
});

describe("an attribute that is set to the empty text is gone, also under All", () => {
  test.each([
    ["Policy", JSON.stringify(POLICY)],
    ["RedriveAllowPolicy", ALLOW_ALL],
    ["KmsMasterKeyId", "alias/aws/sqs"],
  ])("%s [ls, ecosystem]", async (name, value) => {
    const queue = await TestQueue.create({ [name]: value });
    expect(await queue.attributes(name)).toEqual({ [name]: value });
    await acceptedSilently(set(queue, { [name]: "" }));
    await queue.evict();
    expect(await queue.attributes("All")).not.toHaveProperty(name);
    await acceptedSilently(set(queue, { [name]: "" }));
  });
});

/** Long texts get a short title. */
function titled(texts: readonly string[]) {
  return texts.map((text) => ({ text, title: JSON.stringify(text).slice(0, 60) }));
}

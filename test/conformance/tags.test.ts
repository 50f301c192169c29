/** TagQueue, UntagQueue and ListQueueTags, and the tags of CreateQueue. */
import { describe, expect, test } from "vitest";
import {
  accepted,
  acceptedEmpty,
  acceptedSilently,
  call,
  IN_JSON,
  invalidValue,
  missing,
  newName,
  refused,
} from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

const KEY_LENGTH = "Tag keys must be between 1 and 128 characters in length.";
const KEY_CHARACTERS =
  "Tag keys may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @";

function tag(queue: TestQueue, Tags: unknown) {
  return queue.call("TagQueue", { Tags });
}

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, ""]));
}

test("a queue without tags is answered with an empty object [snap, pail]", async () => {
  const queue = await TestQueue.create();
  await acceptedEmpty(queue.call("ListQueueTags"));
});

describe("tags", () => {
  test("are added, overwritten and listed; the rest stays [ls]", async () => {
    const queue = await TestQueue.create();
    await acceptedSilently(tag(queue, { a: "1", b: "2" }));
    await acceptedSilently(tag(queue, { b: "3", c: "" }));
    await queue.evict();
    expect(await queue.tags()).toEqual({ a: "1", b: "3", c: "" });
  });

  test("differ by the case of their keys [ls]", async () => {
    const queue = await TestQueue.create();
    await tag(queue, { tag: "1", Tag: "2" });
    expect(await queue.tags()).toEqual({ tag: "1", Tag: "2" });
  });

  test("may be given with the queue, under the small letter of the model", async () => {
    const QueueName = newName();
    const { QueueUrl } = await accepted(call("CreateQueue", { QueueName, tags: { a: "b" } }));
    expect(await accepted(call("ListQueueTags", { QueueUrl }))).toEqual({ Tags: { a: "b" } });
  });

  test.each(["ÄöüßЖ中", "a b", "_.:/=+-@", "x".repeat(128), "constructor", "__proto__", "0"])(
    "may be named %s [las?, docs]",
    async (key) => {
      const queue = await TestQueue.create();
      const Tags = Object.fromEntries([[key, "x".repeat(256)]]);
      await acceptedSilently(tag(queue, Tags));
      expect(Object.entries(await queue.tags())).toEqual(Object.entries(Tags));
    },
  );

  test("are fifty at most, counting those that are there", async () => {
    const queue = await TestQueue.create();
    await acceptedSilently(tag(queue, numbered(50)));
    await acceptedSilently(tag(queue, { key0: "again" }));
    const text = `Too many tags added for queue ${queue.name}.`;
    await refused(tag(queue, { another: "" }), invalidValue, text);
    expect(await queue.tags()).toEqual({ ...numbered(50), key0: "again" });
    const created = call("CreateQueue", { QueueName: newName(), tags: numbered(51) });
    await refused(created, invalidValue);
  });
});

describe("a tag is refused", () => {
  test.each([
    ["", KEY_LENGTH],
    ["x".repeat(129), KEY_LENGTH],
    ["a!", KEY_CHARACTERS],
    ["a\u0000", KEY_CHARACTERS],
    ["\ud800", KEY_CHARACTERS],
    ["a*", KEY_CHARACTERS],
  ])("for the key of case %# [bal, las?]", async (key, text) => {
    const queue = await TestQueue.create();
    await refused(tag(queue, { good: "x", [key]: "x" }), invalidValue, text);
    expect(await queue.tags()).toEqual({});
    const QueueName = newName();
    await refused(call("CreateQueue", { QueueName, tags: { [key]: "x" } }), invalidValue, text);
    await refused(call("GetQueueUrl", { QueueName }), "QueueDoesNotExist");
  });

  test.each(["x".repeat(257), "a!", "\ud800"])("for the value of case %# [docs]", async (value) => {
    const queue = await TestQueue.create();
    await refused(tag(queue, { key: value }), invalidValue, /^Tag values/);
    expect(await queue.tags()).toEqual({});
  });

  test.runIf(IN_JSON)("for a value that is null, which its text says [jet]", async () => {
    const queue = await TestQueue.create();
    await refused(tag(queue, { key: null }), "SerializationException", /may not be null/);
  });

  test.each([undefined, null, {}])("for want of tags: %j [moto?, las?]", async (none) => {
    const queue = await TestQueue.create();
    await refused(tag(queue, none), missing, "The request must contain the parameter Tags.");
  });
});

describe("UntagQueue", () => {
  test("takes the named tags away and ignores unknown ones [ls]", async () => {
    const queue = await TestQueue.create();
    await tag(queue, { a: "1", b: "2", A: "3" });
    const TagKeys = ["a", "unknown", "a", ""];
    await acceptedSilently(queue.call("UntagQueue", { TagKeys }));
    await queue.evict();
    expect(await queue.tags()).toEqual({ b: "2", A: "3" });
  });

  test.each([undefined, null, []])("misses its keys when they are %j", async (TagKeys) => {
    const queue = await TestQueue.create();
    const text = "The request must contain the parameter TagKeys.";
    await refused(queue.call("UntagQueue", { TagKeys }), missing, text);
  });
});

test.each(["TagQueue", "UntagQueue", "ListQueueTags"])(
  "%s looks for its queue first",
  async (action) => {
    await refused(call(action, { QueueUrl: newName() }), "QueueDoesNotExist");
  },
);

/** What the three batch actions share: the checks of the batch as a whole, and their order. */
import { describe, expect, test } from "vitest";
import { accepted, IN_JSON, missing, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

const ACTIONS = [
  { action: "SendMessageBatch", rest: { MessageBody: "a" } },
  { action: "DeleteMessageBatch", rest: { ReceiptHandle: "a" } },
  { action: "ChangeMessageVisibilityBatch", rest: { ReceiptHandle: "a", VisibilityTimeout: 0 } },
];

const ID_RULE =
  "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";

function numbered(count: number, rest: object) {
  return Array.from({ length: count }, (_, index) => ({ Id: `id_${index}`, ...rest }));
}

describe.each(ACTIONS)("$action", ({ action, rest }) => {
  async function refuses(Entries: unknown, shape: string, message: string): Promise<void> {
    const queue = await TestQueue.create();
    await refused(queue.call(action, { Entries }), shape, message);
    expect(await queue.counts()).toEqual(EMPTY);
  }

  const none = IN_JSON ? [undefined, null] : [];
  test.each(none)("misses its entries when they are %s [las?]", async (Entries) => {
    await refuses(Entries, missing, "The request must contain the parameter Entries.");
  });

  test("refuses to be empty, naming its kind of entry [snap, bal, moto-aws]", async () => {
    const message = `There should be at least one ${action}RequestEntry in the request.`;
    await refuses([], "EmptyBatchRequest", message);
  });

  test.each([11, 20])("refuses %d entries [snap]", async (count) => {
    const message = `Maximum number of entries per request are 10. You have sent ${count}.`;
    await refuses(numbered(count, rest), "TooManyEntriesInBatchRequest", message);
  });

  test.each(["", "x".repeat(81), "a:b", "a b", "ü", "a.b", "a\n"])(
    "refuses the id %j [snap]",
    async (Id) => {
      const entries = [
        { Id: "good", ...rest },
        { Id, ...rest },
      ];
      await refuses(entries, "InvalidBatchEntryId", ID_RULE);
    },
  );

  test("refuses an entry without an id", async () => {
    await refuses([rest], "InvalidBatchEntryId", ID_RULE);
  });

  test("takes ids of 80 characters and of every legal kind [snap]", async () => {
    const queue = await TestQueue.create();
    const ids = ["x".repeat(80), "a-b_C9", "-", "0", "__proto__", "constructor"];
    const { body, error } = await queue.call(action, {
      Entries: ids.map((Id) => ({ Id, ...rest })),
    });
    expect(error).toBeUndefined();
    const answered = [body.Successful ?? [], body.Failed ?? []].flat();
    expect(answered).toMatchObject(ids.map((Id) => ({ Id })));
  });

  test("names the first repeated id, and ids differ in case [moto-aws, bal]", async () => {
    const entries = ["id_1", "ID_1", "id_2", "id_3", "id_2", "id_1"].map((Id) => ({ Id, ...rest }));
    await refuses(entries, "BatchEntryIdsNotDistinct", "Id id_2 repeated.");
  });

  test("counts its entries before it looks at their ids [las?]", async () => {
    const message = "Maximum number of entries per request are 10. You have sent 11.";
    const entries = [...numbered(10, rest), { Id: "id_0", ...rest }];
    await refuses(entries, "TooManyEntriesInBatchRequest", message);
  });

  test("looks at the form of ids before it compares them [las?]", async () => {
    const entries = ["same", "same", "a:b"].map((Id) => ({ Id, ...rest }));
    await refuses(entries, "InvalidBatchEntryId", ID_RULE);
  });

  test("looks for its queue before it looks at its entries [pail]", async () => {
    const queue = await TestQueue.create();
    const input = { QueueUrl: `${queue.url}-other`, Entries: [] };
    await refused(queue.call(action, input), "QueueDoesNotExist");
  });
});

describe("an answer leaves out the list that would be empty", () => {
  async function inFlight(): Promise<{ queue: TestQueue; ReceiptHandle: string }> {
    const queue = await TestQueue.create();
    await queue.send("a");
    return { queue, ReceiptHandle: await queue.handleOfOne() };
  }

  test.each(ACTIONS)("of failures, for $action [pail, snap]", async ({ action, rest }) => {
    const { queue, ReceiptHandle } = await inFlight();
    const entry = "ReceiptHandle" in rest ? { ...rest, ReceiptHandle } : rest;
    const answer = await accepted(queue.call(action, { Entries: [{ Id: "good", ...entry }] }));
    expect(Object.keys(answer)).toEqual(["Successful"]);
    expect(answer.Successful).toMatchObject([{ Id: "good" }]);
  });

  test.each(ACTIONS)("of successes, for $action [pail, snap]", async ({ action, rest }) => {
    const { queue } = await inFlight();
    const entry = "ReceiptHandle" in rest ? rest : { MessageBody: "\u0000" };
    const answer = await accepted(queue.call(action, { Entries: [{ Id: "bad", ...entry }] }));
    expect(Object.keys(answer)).toEqual(["Failed"]);
    expect(answer.Failed).toMatchObject([{ Id: "bad", SenderFault: true }]);
  });
});

describe("SendMessageBatch", () => {
  test("compares ids before it adds up sizes [las?]", async () => {
    const queue = await TestQueue.create();
    const entry = { Id: "same", MessageBody: "x".repeat(600_000) };
    const answer = queue.call("SendMessageBatch", { Entries: [entry, entry] });
    await refused(answer, "BatchEntryIdsNotDistinct");
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("adds up sizes before it looks at single entries [snap]", async () => {
    const queue = await TestQueue.create();
    const Entries = [
      { Id: "flawed", MessageBody: "" },
      { Id: "long", MessageBody: "x".repeat(1_048_577) },
    ];
    await refused(queue.call("SendMessageBatch", { Entries }), "BatchRequestTooLong");
    expect(await queue.counts()).toEqual(EMPTY);
  });
});

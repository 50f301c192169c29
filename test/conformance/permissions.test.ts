/** AddPermission and RemovePermission: the policy that they write, and what they refuse. */
import { describe, expect, test } from "vitest";
import { controlTime, now, pass } from "./controlled-time.ts";
import {
  accepted,
  acceptedSilently,
  call,
  invalidValue,
  missing,
  noQueue,
  refused,
} from "./sqs-client.ts";
import type { SqsAnswer } from "./sqs-protocol.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const ACCOUNT = "210000000001";
const OTHER = "210000000002";
const GRANTABLE = [
  "ChangeMessageVisibility",
  "DeleteMessage",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "PurgeQueue",
  "ReceiveMessage",
  "SendMessage",
];

function add(queue: TestQueue, input: object = {}): Promise<SqsAnswer> {
  const permission = { Label: "label", AWSAccountIds: [ACCOUNT], Actions: ["ReceiveMessage"] };
  return queue.call("AddPermission", { ...permission, ...input });
}

function remove(queue: TestQueue, Label = "label"): Promise<SqsAnswer> {
  return queue.call("RemovePermission", { Label });
}

/** As it is printed; undefined where there is none. */
async function policyOf(queue: TestQueue): Promise<unknown> {
  return (await queue.attributes("Policy")).Policy;
}

async function statementsOf(queue: TestQueue): Promise<unknown[]> {
  const policy: { Statement: unknown[] } = JSON.parse(String(await policyOf(queue)));
  return policy.Statement;
}

function rootOf(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`;
}

describe.each([{}, { FifoQueue: "true" }])("AddPermission to a queue with %j", (attributes) => {
  test("writes a policy of SQS's own making, and says nothing [snap]", async () => {
    const queue = await TestQueue.create(attributes);
    await acceptedSilently(add(queue));
    const statement =
      `{"Sid":"label","Effect":"Allow","Principal":{"AWS":"${rootOf(ACCOUNT)}"},` +
      `"Action":"SQS:ReceiveMessage","Resource":"${queue.arn}"}`;
    expect(await policyOf(queue)).toBe(
      `{"Version":"2008-10-17","Id":"${queue.arn}/SQSDefaultPolicy","Statement":[${statement}]}`,
    );
  });

  test("outlives an eviction and changes when the queue was modified", async () => {
    const queue = await TestQueue.create(attributes);
    pass(60);
    await accepted(add(queue));
    const before = await queue.attributes();
    await queue.evict();
    expect(await queue.attributes()).toEqual(before);
    expect(before.LastModifiedTimestamp).toBe(String(Math.floor(now() / 1000)));
  });
});

describe("AddPermission", () => {
  test("lists accounts and actions where there are several [snap]", async () => {
    const queue = await TestQueue.create();
    const Actions = ["SendMessage", "DeleteMessage"];
    await accepted(add(queue, { AWSAccountIds: [ACCOUNT, OTHER], Actions }));
    expect(await statementsOf(queue)).toEqual([
      {
        Sid: "label",
        Effect: "Allow",
        Principal: { AWS: [rootOf(ACCOUNT), rootOf(OTHER)] },
        Action: ["SQS:SendMessage", "SQS:DeleteMessage"],
        Resource: queue.arn,
      },
    ]);
  });

  test.each([...GRANTABLE, "*"])("can grant %s [docs]", async (action) => {
    const queue = await TestQueue.create();
    await accepted(add(queue, { Actions: [action] }));
    expect(await statementsOf(queue)).toMatchObject([{ Action: `SQS:${action}` }]);
  });

  test("adds to a policy that is there, and leaves the rest of it alone", async () => {
    const queue = await TestQueue.create();
    const own = { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: queue.arn };
    const policy = { Version: "2012-10-17", Id: "mine", Statement: own };
    await accepted(
      queue.call("SetQueueAttributes", { Attributes: { Policy: JSON.stringify(policy) } }),
    );
    await accepted(add(queue));
    const after: unknown = JSON.parse(String(await policyOf(queue)));
    const Statement = [own, expect.objectContaining({ Sid: "label" })];
    expect(after).toEqual({ Version: "2012-10-17", Id: "mine", Statement });
    await accepted(remove(queue));
    expect(JSON.parse(String(await policyOf(queue)))).toEqual({ ...policy, Statement: [own] });
  });

  test("of the same once more changes nothing [jet]", async () => {
    const queue = await TestQueue.create();
    await accepted(add(queue));
    const before = await policyOf(queue);
    await accepted(add(queue));
    expect(await policyOf(queue)).toBe(before);
  });

  test.each([
    { Actions: ["SendMessage"] },
    { AWSAccountIds: [OTHER] },
    { AWSAccountIds: [ACCOUNT, OTHER] },
  ])("is refused for a label that is there with something else than %j [snap]", async (input) => {
    const queue = await TestQueue.create();
    await accepted(add(queue));
    const before = await policyOf(queue);
    const text = "Value label for parameter Label is invalid. Reason: Already exists.";
    await refused(add(queue, input), invalidValue, text);
    expect(await policyOf(queue)).toBe(before);
  });

  test("of many at once loses none of them", async () => {
    const queue = await TestQueue.create();
    const labels = Array.from({ length: 20 }, (_, index) => `label-${index}`);
    await Promise.all(labels.map((Label) => accepted(add(queue, { Label }))));
    expect(await statementsOf(queue)).toHaveLength(20);
    const text = "21 Statements were found, maximum allowed is 20.";
    await refused(add(queue), "OverLimit", text);
    await Promise.all(labels.map((Label) => accepted(remove(queue, Label))));
    expect(await policyOf(queue)).toBeUndefined();
  });

  test("is refused where the policy would become too long [iss cloudfoxable#29]", async () => {
    const queue = await TestQueue.create();
    const statement = { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: queue.arn };
    const long = { Version: "2012-10-17", Id: "x".repeat(7_900), Statement: statement };
    const Policy = JSON.stringify(long);
    await accepted(queue.call("SetQueueAttributes", { Attributes: { Policy } }));
    await refused(add(queue), "OverLimit", "Submitted policy is over max allowed size.");
    expect(await policyOf(queue)).toBe(Policy);
  });

  test("and RemovePermission are refused for a queue that does not exist, before all else", async () => {
    for (const action of ["AddPermission", "RemovePermission"]) {
      await refused(call(action, { QueueUrl: "nowhere" }), noQueue);
      await refused(call(action, { QueueUrl: "nowhere", Label: "*" }), noQueue);
    }
  });
});

describe("AddPermission is refused", () => {
  const rule =
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.";
  const ofLabel = (Label: string) => {
    const text = `Value ${Label} for parameter Label is invalid. Reason: ${rule}`;
    return { title: `for the label ${JSON.stringify(Label.slice(0, 9))}`, input: { Label }, text };
  };
  const ofOwner = (action: string) => {
    const reason = "Only the queue owner is allowed to invoke this action.";
    const text = `Value SQS:${action} for parameter ActionName is invalid. Reason: ${reason}`;
    return { title: `for ${action} [moto?, las?]`, input: { Actions: [action] }, text };
  };
  const ofNone = (action: string) => {
    const reason = "Please refer to the appropriate WSDL for a list of valid actions.";
    const text = `Value SQS:${action} for parameter ActionName is invalid. Reason: ${reason}`;
    const title = `for the action ${JSON.stringify(action)} [moto?, las?]`;
    return { title, input: { Actions: ["SendMessage", action] }, text };
  };
  const ofAccount = (AWSAccountIds: string[]) => {
    const value = `[${AWSAccountIds.join(", ")}]`;
    const text = `Value ${value} for parameter PrincipalId is invalid. Reason: Unable to verify.`;
    return {
      title: `for the accounts ${value} [iss aws-sdk-core-ruby#138]`,
      input: { AWSAccountIds },
      text,
    };
  };

  test.each([
    ...["", "a b", "a.b", "ü", "x".repeat(81)].map(ofLabel),
    ...["AddPermission", "CreateQueue", "DeleteQueue", "ListQueues", "SetQueueAttributes"].map(
      ofOwner,
    ),
    ...["StartMessageMoveTask", "TagQueue"].map(ofOwner),
    ...["FooBar", "sendMessage", "SendMessageBatch", "sqs:SendMessage", "", "constructor"].map(
      ofNone,
    ),
    ofAccount(["*"]),
    ofAccount(["1"]),
    ofAccount([ACCOUNT, "arn:aws:iam::210000000001:root"]),
    ofAccount([""]),
  ])("$title", async ({ input, text }) => {
    const queue = await TestQueue.create();
    await refused(add(queue, input), invalidValue, text);
    expect(await policyOf(queue)).toBeUndefined();
  });

  test("for more than seven actions [moto?]", async () => {
    const queue = await TestQueue.create();
    await accepted(add(queue, { Label: "seven", Actions: GRANTABLE.slice(1) }));
    const text = "8 Actions were found, maximum allowed is 7.";
    await refused(add(queue, { Actions: GRANTABLE }), "OverLimit", text);
    expect(await statementsOf(queue)).toHaveLength(1);
  });

  test.each([
    [{ Label: undefined }, "Label"],
    [{ AWSAccountIds: undefined }, "PrincipalId"],
    [{ AWSAccountIds: [] }, "PrincipalId"],
    [{ AWSAccountIds: undefined, Actions: undefined }, "PrincipalId"],
    [{ Actions: undefined }, "ActionName"],
    [{ Actions: [] }, "ActionName"],
    [{ Label: undefined, Actions: undefined, AWSAccountIds: undefined }, "Label"],
  ])("for want of something: %j [las?]", async (input, name) => {
    const queue = await TestQueue.create();
    await refused(add(queue, input), missing, `The request must contain the parameter ${name}.`);
    expect(await policyOf(queue)).toBeUndefined();
  });
});

describe("RemovePermission", () => {
  test("takes the statement of its label away and says nothing", async () => {
    const queue = await TestQueue.create();
    await accepted(add(queue, { Label: "a" }));
    await accepted(add(queue, { Label: "b" }));
    await acceptedSilently(remove(queue, "a"));
    await queue.evict();
    expect(await statementsOf(queue)).toMatchObject([{ Sid: "b" }]);
  });

  test("of the last statement takes the policy away, and a new one can begin [snap]", async () => {
    const queue = await TestQueue.create();
    await accepted(add(queue));
    await accepted(remove(queue));
    expect(await queue.attributes("Policy")).toEqual({});
    await accepted(add(queue, { Actions: ["SendMessage"] }));
    expect(await statementsOf(queue)).toHaveLength(1);
  });

  test("takes away what was set as a policy under that Sid", async () => {
    const queue = await TestQueue.create();
    const statement = { Effect: "Allow", Principal: "*", Action: "sqs:*", Resource: queue.arn };
    const Statement = ["x", "y", "x"].map((Sid) => ({ Sid, ...statement }));
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await accepted(queue.call("SetQueueAttributes", { Attributes: { Policy } }));
    await accepted(remove(queue, "x"));
    expect(await statementsOf(queue)).toEqual([{ Sid: "y", ...statement }]);
  });

  test.each(["label", "Label", "", "constructor"])(
    "is refused for the label %j, which is not there [moto?]",
    async (Label) => {
      const queue = await TestQueue.create();
      const text = `Value ${Label} for parameter Label is invalid. Reason: can't find label.`;
      await refused(remove(queue, Label), invalidValue, text);
      await accepted(add(queue, { Label: "another" }));
      await refused(remove(queue, Label), invalidValue, text);
      expect(await statementsOf(queue)).toHaveLength(1);
    },
  );

  test("is refused without a label [las?]", async () => {
    const queue = await TestQueue.create();
    const text = "The request must contain the parameter Label.";
    await refused(queue.call("RemovePermission"), missing, text);
  });
});

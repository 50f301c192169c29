/**
 * Who may do what: two accounts, each with its root, a user without a policy, one who may everything and one
 * who is denied an action, and whoever shows no credentials; every action of SQS; every kind of a queue's
 * policy. What must come out is computed by `permission-rules.ts`, which shares nothing with the Worker.
 */
import { Buffer } from "node:buffer";
import { beforeAll, expect, test } from "vitest";
import { type Need, type Party, type QueueSays, refusalOf } from "./permission-rules.ts";
import { type Credentials, HOME_ACCOUNT, SignedWorker } from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

type Caller = Party & { readonly name: string; readonly credentials: Credentials | undefined };
type Case = { readonly owner: Tenant; readonly action: string; readonly queueName: string };

const HANDLE = { ReceiptHandle: "AQEB" };
const HELD = { ...HANDLE, VisibilityTimeout: 0 };
const OTHER = "other";

/** What each action is called with beside its queue, so that it changes no policy where it is allowed. */
const INPUTS: Readonly<Record<string, (asked: Case) => object>> = {
  AddPermission: () => ({ Label: "a" }),
  CancelMessageMoveTask: ({ owner, queueName }) => {
    const task = { taskId: crypto.randomUUID(), sourceArn: owner.queueArn(queueName) };
    return { TaskHandle: Buffer.from(JSON.stringify(task)).toString("base64") };
  },
  ChangeMessageVisibility: () => HELD,
  ChangeMessageVisibilityBatch: () => ({ Entries: [{ Id: "a", ...HELD }] }),
  CreateQueue: () => ({ QueueName: "made-by-anybody" }),
  DeleteMessage: () => HANDLE,
  DeleteMessageBatch: () => ({ Entries: [{ Id: "a", ...HANDLE }] }),
  DeleteQueue: () => ({}),
  GetQueueAttributes: () => ({ AttributeNames: ["All"] }),
  GetQueueUrl: ({ owner, queueName }) => {
    return { QueueName: queueName, QueueOwnerAWSAccountId: owner.accountId };
  },
  ListDeadLetterSourceQueues: () => ({}),
  ListMessageMoveTasks: ({ owner, queueName }) => ({ SourceArn: owner.queueArn(queueName) }),
  ListQueueTags: () => ({}),
  ListQueues: () => ({ QueueNamePrefix: "none" }),
  PurgeQueue: () => ({}),
  ReceiveMessage: () => ({ WaitTimeSeconds: 0 }),
  RemovePermission: () => ({ Label: "none" }),
  SendMessage: () => ({ MessageBody: "a" }),
  SendMessageBatch: () => ({ Entries: [{ Id: "a", MessageBody: "a" }] }),
  SetQueueAttributes: () => ({ Attributes: { VisibilityTimeout: "1" } }),
  StartMessageMoveTask: ({ owner, queueName }) => {
    return { SourceArn: owner.queueArn(queueName), DestinationArn: owner.queueArn(OTHER) };
  },
  TagQueue: () => ({ Tags: { a: "b" } }),
  UntagQueue: () => ({ TagKeys: ["a"] }),
};
const ACTIONS = Object.keys(INPUTS);
/** On no queue that is there: the caller's own account is asked for. */
const OF_ACCOUNT = ["CreateQueue", "ListQueues"];

type QueuePolicy = {
  readonly statements: (permissions: readonly string[]) => readonly object[];
  /** What it says of the first permission, and of the others. */
  readonly word: (party: Party, isFirst: boolean) => QueueSays;
};

const NOBODY: Party = {
  arn: "anonymous",
  accountId: undefined,
  isRoot: false,
  ownWord: () => "nothing",
};

const worker = new SignedWorker();
const home = Tenant.home(worker);
let foreign: Tenant;
let callers: readonly Caller[];
let policies: Readonly<Record<string, QueuePolicy>>;
/** The action that the denied users are denied. */
let deniedPermission = "";

beforeAll(async () => {
  foreign = await Tenant.created(worker);
  const ofHome = await callersOf(home);
  const ofForeign = await callersOf(foreign);
  callers = [...ofHome, ...ofForeign, { ...NOBODY, name: "anonymous", credentials: undefined }];
  for (const owner of [home, foreign]) await owner.createQueue(OTHER);
  const users = [...ofHome, ...ofForeign].filter(({ isRoot }) => !isRoot).map(({ arn }) => arn);
  const everybody = allowing("*", () => true);
  policies = {
    "no policy": { statements: () => [], word: () => "nothing" },
    "a grant to the deployment's account": allowing(
      { AWS: HOME_ACCOUNT },
      ({ accountId }) => {
        return accountId === HOME_ACCOUNT;
      },
      "allow account",
    ),
    "a grant to the other account": allowing(
      { AWS: foreign.rootArn },
      ({ accountId }) => {
        return accountId === foreign.accountId;
      },
      "allow account",
    ),
    "a grant to every user by name": allowing({ AWS: users }, ({ arn }) => users.includes(arn)),
    "a grant to everybody": everybody,
    "a grant to everybody, and a denial of the deployment's account": denying(
      everybody,
      { AWS: home.rootArn },
      ({ accountId }) => accountId === HOME_ACCOUNT,
    ),
    "a grant to everybody, and a denial of everybody": denying(everybody, "*", () => true),
  };
});

function allowing(
  Principal: unknown,
  means: (party: Party) => boolean,
  says: QueueSays = "allow",
): QueuePolicy {
  return {
    statements: (permissions) => {
      const Action = permissions.map((permission) => `sqs:${permission}`);
      return [{ Effect: "Allow", Principal, Action }];
    },
    word: (party) => (means(party) ? says : "nothing"),
  };
}

/** Denies the first permission alone. */
function denying(
  allowed: QueuePolicy,
  Principal: unknown,
  means: (party: Party) => boolean,
): QueuePolicy {
  return {
    statements: (permissions) => [
      ...allowed.statements(permissions),
      { Effect: "Deny", Principal, Action: `sqs:${permissions[0]}` },
    ],
    word: (party, isFirst) => (isFirst && means(party) ? "deny" : allowed.word(party, isFirst)),
  };
}

async function callersOf(tenant: Tenant): Promise<Caller[]> {
  const { accountId } = tenant;
  const everything = { Effect: "Allow", Action: "sqs:*", Resource: "*" };
  const userCaller = ({ name, arn, credentials }: User, ownWord: Party["ownWord"]): Caller => {
    return { name: `${name} of ${accountId}`, arn, accountId, isRoot: false, ownWord, credentials };
  };
  return [
    {
      name: `root of ${accountId}`,
      arn: tenant.rootArn,
      accountId,
      isRoot: true,
      ownWord: () => "allow",
      credentials: tenant.root,
    },
    userCaller(await tenant.user("plain"), () => "nothing"),
    userCaller(await tenant.user("able", everything), () => "allow"),
    userCaller(await tenant.user("denied"), (permission) => {
      return permission === deniedPermission ? "deny" : "allow";
    }),
  ];
}

/** The first permission is the action's own; a batch has that of its single action. */
function needsOf({ owner, action, queueName }: Case, { accountId }: Party): Need[] {
  const name = accountId ?? HOME_ACCOUNT;
  const resource = owner.queueArn(queueName);
  const on = (permission: string) => ({ permission, resource });
  switch (action) {
    case "CreateQueue":
      return [{ permission: action, resource: `arn:aws:sqs:us-east-1:${name}:made-by-anybody` }];
    case "ListQueues":
      return [{ permission: action, resource: `arn:aws:sqs:us-east-1:${name}:` }];
    case "StartMessageMoveTask":
      return [
        on(action),
        on("ReceiveMessage"),
        on("DeleteMessage"),
        on("GetQueueAttributes"),
        { permission: "SendMessage", resource: owner.queueArn(OTHER) },
      ];
    default:
      return [on(action.replace(/Batch$/, ""))];
  }
}

function expectedRefusal(asked: Case, policy: QueuePolicy, caller: Caller): string | undefined {
  const needs = needsOf(asked, caller);
  const refusal = refusalOf(needs, caller, {
    ownerId: OF_ACCOUNT.includes(asked.action)
      ? (caller.accountId ?? HOME_ACCOUNT)
      : asked.owner.accountId,
    word: (need, party) => {
      const isOfQueue = need.resource === asked.owner.queueArn(asked.queueName);
      return isOfQueue ? policy.word(party, need === needs[0]) : "nothing";
    },
  });
  return refusal === undefined || caller.credentials !== undefined
    ? refusal
    : "Access to the resource http://localhost/ is denied.";
}

type Verdict = { readonly isRefused: boolean; readonly isRight: boolean; readonly why: string };

async function verdict(asked: Case, policyName: string, caller: Caller): Promise<Verdict> {
  const { owner, action, queueName } = asked;
  const expected = expectedRefusal(asked, policyNamed(policyName), caller);
  const input = { QueueUrl: owner.queueUrl(queueName), ...INPUTS[action]?.(asked) };
  const { status, code, message } = await worker.call(caller.credentials, action, input);
  const isRefused = code === "AccessDeniedException";
  const isRight =
    expected === undefined ? status !== 403 : status === 403 && isRefused && message === expected;
  const why = `${caller.name}, a queue of ${owner.accountId} with ${policyName}: ${status} ${code} ${message}; expected: ${expected ?? "no refusal"}`;
  return { isRefused, isRight, why };
}

async function verdictsOf(asked: Case, policyName: string): Promise<Verdict[]> {
  await share(asked, policyName);
  if (asked.action !== "DeleteQueue") {
    return Promise.all(callers.map((caller) => verdict(asked, policyName, caller)));
  }
  const verdicts: Verdict[] = [];
  for (const caller of callers) {
    const one = await verdict(asked, policyName, caller);
    verdicts.push(one);
    if (!one.isRefused) await share(asked, policyName);
  }
  return verdicts;
}

/** The queue, with the policy. */
async function share(asked: Case, policyName: string): Promise<void> {
  const { owner, queueName } = asked;
  const permissions = needsOf(asked, { ...NOBODY, accountId: owner.accountId })
    .filter(({ resource }) => resource === owner.queueArn(queueName))
    .map(({ permission }) => permission);
  const isShared = permissions.length > 0;
  await owner.createQueue(queueName);
  if (isShared) await owner.share(queueName, ...policyNamed(policyName).statements(permissions));
}

function policyNamed(name: string): QueuePolicy {
  const policy = policies[name];
  if (policy === undefined) throw new Error(`no policy is ${name}`);
  return policy;
}

test.each(ACTIONS)("%s is for whom the policies of both sides allow it alone", async (action) => {
  deniedPermission = action.replace(/Batch$/, "");
  for (const tenant of [home, foreign]) {
    await tenant.putUserPolicy(
      "denied",
      { Effect: "Allow", Action: "*", Resource: "*" },
      { Effect: "Deny", Action: `sqs:${deniedPermission}`, Resource: "*" },
    );
  }
  // Side by side, because strangers are refused at fixed times: then each policy has a queue of its own.
  const asking = [home, foreign].flatMap((owner) =>
    Object.keys(policies).map((name, index) => {
      return verdictsOf({ owner, action, queueName: `matrix-${action}${index}` }, name);
    }),
  );
  const verdicts = (await Promise.all(asking)).flat();
  expect(verdicts.filter(({ isRight }) => !isRight).map(({ why }) => why)).toEqual([]);
  expect(verdicts).toHaveLength(2 * 7 * 9);
  const refusedCount = verdicts.filter(({ isRefused }) => isRefused).length;
  expect(refusedCount).toBeGreaterThan(10);
  expect(refusedCount).toBeLessThan(verdicts.length - 10);
});

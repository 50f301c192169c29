/**
 * The AWS SDK's IAM client, unmodified: users, access keys and policies are made, read, listed page by
 * page and removed, and what IAM refuses is the exception that the SDK has for it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AccessKey,
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  paginateListUsers,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anyAccountId, IdentityWorker } from "../support/identity-worker.ts";

const BOB = { UserName: "bob" };
const DOCUMENT = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Fine",
      Effect: "Allow",
      Action: "sqs:*",
      Resource: "*",
      // What URL encoding leaves alone in some places and not in others.
      Condition: { StringNotEquals: { "aws:UserAgent": "It's fine (*)!" } },
    },
  ],
});

let worker: IdentityWorker;
let accountId: string;
let iam: IAMClient;

beforeAll(async () => {
  worker = await IdentityWorker.started();
});

afterAll(() => worker.stop());

beforeEach(() => {
  accountId = anyAccountId();
  iam = worker.iam(accountId);
});

describe("users", () => {
  test("are created, read, listed and deleted", async () => {
    const { User } = await iam.send(new CreateUserCommand(BOB));
    expect(User).toMatchObject({
      UserName: "bob",
      Path: "/",
      Arn: `arn:aws:iam::${accountId}:user/bob`,
      UserId: expect.stringMatching(/^MRU[A-Z2-7]{17}$/),
      CreateDate: expect.any(Date),
    });
    expect((await iam.send(new GetUserCommand(BOB))).User).toEqual(User);
    expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([User]);
    await iam.send(new DeleteUserCommand(BOB));
    expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([]);
    await expect(iam.send(new GetUserCommand(BOB))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: "The user with name bob cannot be found.",
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("come page by page", async () => {
    const names = Array.from({ length: 7 }, (_, index) => `user-${index}`);
    for (const UserName of names) await iam.send(new CreateUserCommand({ UserName }));
    const listed: unknown[] = [];
    for await (const { Users = [] } of paginateListUsers({ client: iam, pageSize: 3 }, {})) {
      listed.push(...Users.map(({ UserName }) => UserName));
    }
    expect(listed).toEqual(names);
  });

  test("of a name that differs by case alone are one too many", async () => {
    await iam.send(new CreateUserCommand(BOB));
    await expect(iam.send(new CreateUserCommand({ UserName: "Bob" }))).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
      message: "User with name Bob already exists.",
      $metadata: { httpStatusCode: 409 },
    });
  });

  test("are another account's to nobody", async () => {
    await iam.send(new CreateUserCommand(BOB));
    const other = worker.iam(anyAccountId());
    expect((await other.send(new ListUsersCommand({}))).Users).toEqual([]);
    const stranger = { name: "NoSuchEntityException" };
    await expect(other.send(new DeleteUserCommand(BOB))).rejects.toMatchObject(stranger);
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand(BOB));
    const { AccessKeyId } = AccessKey ?? {};
    await expect(
      other.send(new GetAccessKeyLastUsedCommand({ AccessKeyId })),
    ).rejects.toMatchObject(stranger);
    await other.send(new CreateUserCommand(BOB));
    await expect(
      other.send(new DeleteAccessKeyCommand({ ...BOB, AccessKeyId })),
    ).rejects.toMatchObject(stranger);
  });

  test.each([
    ["a space", { UserName: "bob smith" }],
    ["a slash", { UserName: "../bob" }],
    ["no characters", { UserName: "" }],
    ["65 characters", { UserName: "x".repeat(65) }],
    [
      "a boundary, which would bound nothing",
      { ...BOB, PermissionsBoundary: "arn:aws:iam::aws:policy/x" },
    ],
    ["a path, which would make another ARN", { ...BOB, Path: "/team/" }],
  ])("with %s are refused", async (_, input) => {
    await expect(iam.send(new CreateUserCommand(input))).rejects.toMatchObject({
      name: "ValidationError",
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("the root is one without a name", async () => {
    const { User } = await iam.send(new GetUserCommand({}));
    expect(User).toMatchObject({ UserId: accountId, Arn: `arn:aws:iam::${accountId}:root` });
  });
});

describe("access keys", () => {
  beforeEach(() => iam.send(new CreateUserCommand(BOB)));

  test("show their secret once", async () => {
    const created = await newKey();
    expect(created).toMatchObject({
      UserName: "bob",
      Status: "Active",
      AccessKeyId: expect.stringMatching(/^MRK[A-Z2-7]{17}$/),
      SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
    });
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand(BOB));
    const { SecretAccessKey: _, ...shown } = created;
    expect(AccessKeyMetadata).toEqual([shown]);
  });

  test("are two of a user at most", async () => {
    const first = await newKey();
    await newKey();
    await expect(newKey()).rejects.toMatchObject({
      name: "LimitExceededException",
      message: "Cannot exceed quota for AccessKeysPerUser: 2",
      $metadata: { httpStatusCode: 409 },
    });
    const page = await iam.send(new ListAccessKeysCommand({ ...BOB, MaxItems: 1 }));
    expect(page).toMatchObject({ IsTruncated: true, AccessKeyMetadata: [{}] });
    const { Marker } = page;
    const rest = await iam.send(new ListAccessKeysCommand({ ...BOB, Marker }));
    expect(rest).toMatchObject({ IsTruncated: false, AccessKeyMetadata: [{}] });
    await iam.send(new DeleteAccessKeyCommand({ ...BOB, AccessKeyId: first.AccessKeyId }));
    await newKey();
  });

  test("are switched off and on, and have never been used at first", async () => {
    const { AccessKeyId } = await newKey();
    const onKey = { ...BOB, AccessKeyId };
    await iam.send(new UpdateAccessKeyCommand({ ...onKey, Status: "Inactive" }));
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand(BOB));
    expect(AccessKeyMetadata).toMatchObject([{ Status: "Inactive" }]);
    await iam.send(new UpdateAccessKeyCommand({ ...onKey, Status: "Active" }));
    const used = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
    expect(used).toMatchObject({
      UserName: "bob",
      AccessKeyLastUsed: { ServiceName: "N/A", Region: "N/A" },
    });
    const gone = { ...onKey, AccessKeyId: "MRKAAAAAAAAAAAAAAAAA" };
    await expect(iam.send(new DeleteAccessKeyCommand(gone))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: "The Access Key with id MRKAAAAAAAAAAAAAAAAA cannot be found.",
    });
  });

  test("keep their user from being deleted, as policies do", async () => {
    const { AccessKeyId } = await newKey();
    const conflict = { name: "DeleteConflictException", $metadata: { httpStatusCode: 409 } };
    await expect(iam.send(new DeleteUserCommand(BOB))).rejects.toMatchObject(conflict);
    await iam.send(new DeleteAccessKeyCommand({ ...BOB, AccessKeyId }));
    await iam.send(putPolicy());
    await expect(iam.send(new DeleteUserCommand(BOB))).rejects.toMatchObject(conflict);
    await iam.send(new DeleteUserPolicyCommand({ ...BOB, PolicyName: "queues" }));
    await iam.send(new DeleteUserCommand(BOB));
  });

  test("need the name of a user from the root, who has none", async () => {
    await expect(iam.send(new CreateAccessKeyCommand({}))).rejects.toMatchObject({
      name: "ValidationError",
      message: "Must specify userName when calling with non-User credentials",
    });
  });

  test("are in no file in the clear", async () => {
    const { AccessKeyId = "", SecretAccessKey = "" } = await newKey();
    const files = filesBelow(worker.dataDir).map((path) => readFileSync(path));
    const isOnDisk = (text: string) => files.some((bytes) => bytes.includes(text));
    expect(SecretAccessKey).toHaveLength(40);
    expect(isOnDisk(AccessKeyId)).toBe(true);
    expect(isOnDisk(SecretAccessKey)).toBe(false);
  });
});

describe("policies of a user", () => {
  beforeEach(() => iam.send(new CreateUserCommand(BOB)));

  test("are put, read as they were, listed and deleted", async () => {
    await iam.send(putPolicy());
    const named = { ...BOB, PolicyName: "queues" };
    const { PolicyDocument = "", ...rest } = await iam.send(new GetUserPolicyCommand(named));
    expect(rest).toMatchObject(named);
    expect(PolicyDocument).toMatch(/^[A-Za-z0-9%._~-]+$/);
    expect(decodeURIComponent(PolicyDocument)).toBe(DOCUMENT);
    const listed = await iam.send(new ListUserPoliciesCommand(BOB));
    expect(listed).toMatchObject({ PolicyNames: ["queues"], IsTruncated: false });
    await iam.send(new DeleteUserPolicyCommand(named));
    await expect(iam.send(new GetUserPolicyCommand(named))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: "The user policy with name queues cannot be found.",
    });
  });

  test.each([
    ["no JSON", "{", "Syntax errors in policy."],
    [
      "of names that IAM does not take",
      DOCUMENT.replace("Fine", "It's fine"),
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    ],
  ])("that are %s are refused", async (_, document, message) => {
    await expect(iam.send(putPolicy(document))).rejects.toMatchObject({
      name: "MalformedPolicyDocumentException",
      message,
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("that are too long together are refused", async () => {
    const Sid = "x".repeat(2_048);
    await expect(iam.send(putPolicy(DOCUMENT.replace("Fine", Sid)))).rejects.toMatchObject({
      name: "LimitExceededException",
      message: "Maximum policy size of 2048 bytes exceeded for user bob",
    });
  });
});

async function newKey(): Promise<AccessKey> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand(BOB));
  if (AccessKey === undefined) throw new Error("no key was made");
  return AccessKey;
}

function putPolicy(PolicyDocument = DOCUMENT): PutUserPolicyCommand {
  return new PutUserPolicyCommand({ ...BOB, PolicyName: "queues", PolicyDocument });
}

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

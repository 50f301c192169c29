/**
 * What a server with --auth and --audit leaves behind: lines on its output, files in its directory, and
 * what the next server on the same directory still knows. No secret and no message is in any of them,
 * but for the file that is there to hold the secrets.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CredentialHolder, type HeldCredentials } from "../support/credential-holder.ts";
import { type JsonObject, parseObject } from "../support/json-value.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { AuthenticatedServer } from "./authenticated-server.ts";
import type { Exit } from "./cli-process.ts";

const HOME = "000000000000";
const BODY = "marked-body-3b9d";
const ATTRIBUTE = "marked-attribute-91fe";
/** With a server's start and end on either side. */
const WITHIN_MS = 60_000;
const USERS = "arn:aws:iam::000000000000:user";
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:orders";

let data: TemporaryDirectory;
let root: HeldCredentials;
let user: HeldCredentials;
let exit: Exit;
let receiptHandle: string;

beforeAll(async () => {
  data = new TemporaryDirectory();
  const server = await AuthenticatedServer.started(data.path);
  try {
    root = server.root.credentials;
    user = await workOn(server);
  } finally {
    exit = await server.stopped();
    await server.end();
  }
}, WITHIN_MS);
afterAll(() => data.remove());

/** Each call that changes something is one line of the audit, in this order. */
async function workOn({ root, url }: AuthenticatedServer): Promise<HeldCredentials> {
  const Attributes = { VisibilityTimeout: "0" };
  const input = { QueueName: "orders", Attributes };
  const { QueueUrl = "" } = await root.sqs.send(new CreateQueueCommand(input));
  const Action = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:GetQueueAttributes"];
  const worker = await root.newUser("worker", { Effect: "Allow", Action, Resource: QUEUE });
  const marked = { DataType: "String", StringValue: ATTRIBUTE };
  const message = { QueueUrl, MessageBody: BODY, MessageAttributes: { mark: marked } };
  await worker.sqs.send(new SendMessageCommand(message));
  const { Messages } = await worker.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  receiptHandle = Messages?.[0]?.ReceiptHandle ?? "";
  const deletion = { QueueUrl, ReceiptHandle: receiptHandle };
  await worker.sqs.send(new DeleteMessageCommand(deletion)).catch(() => {});
  await worker.sqs.send(new GetQueueAttributesCommand({ QueueUrl }));
  const liar = { ...worker.credentials, secretAccessKey: root.credentials.secretAccessKey };
  await new CredentialHolder(url, liar).sqs.send(new ListQueuesCommand({})).catch(() => {});
  return worker.credentials;
}

function auditLines(): JsonObject[] {
  const [ready, ...lines] = exit.stdout.trim().split("\n");
  expect(ready).toMatch(/^Millrace is ready at /);
  return lines.map(parseObject);
}

/** The files that hold any of these texts, write-ahead logs included. */
function filesWith(...texts: readonly string[]): string[] {
  const names = readdirSync(data.path, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(data.path, name)).isFile());
  expect(files.filter((name) => name.includes(".sqlite")).length).toBeGreaterThan(2);
  return files.filter((name) => {
    const content = readFileSync(join(data.path, name));
    return texts.some((text) => content.includes(text));
  });
}

describe("the output of a server with --audit", () => {
  it("has a line for each call that changes something: who, what, on what, and how it ended", () => {
    const by = (name: string) => ({ account: HOME, region: "us-east-1", principal: name });
    const ofRoot = { ...by(`arn:aws:iam::${HOME}:root`), accessKeyId: root.accessKeyId };
    const ofWorker = { ...by(`${USERS}/worker`), accessKeyId: user.accessKeyId };
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    const done = { outcome: "ok", at: expect.any(String), requestId: id };
    expect(auditLines()).toMatchObject([
      { audit: "CreateQueue", ...ofRoot, ...done, resource: QUEUE },
      { audit: "CreateUser", ...ofRoot, ...done, resource: expect.stringContaining("worker") },
      { audit: "PutUserPolicy", ...ofRoot, ...done },
      { audit: "CreateAccessKey", ...ofRoot, ...done },
      { audit: "SendMessage", ...ofWorker, ...done, resource: QUEUE },
      { audit: "ReceiveMessage", ...ofWorker, ...done, resource: QUEUE },
      { audit: "DeleteMessage", ...ofWorker, outcome: "AccessDeniedException", resource: QUEUE },
      {
        audit: "Authenticate",
        outcome: "InvalidSignatureException",
        claimedKeyId: user.accessKeyId,
      },
    ]);
  });

  it("holds no message, no receipt handle and no secret", () => {
    const { stdout, stderr } = exit;
    expect(receiptHandle).not.toBe("");
    const secrets = [root.secretAccessKey, user.secretAccessKey];
    for (const text of [BODY, ATTRIBUTE, receiptHandle, ...secrets]) {
      expect(stdout).not.toContain(text);
      expect(stderr).not.toContain(text);
    }
  });
});

describe("the files of a server with --auth", () => {
  it("hold a secret access key nowhere but in secrets.json, and no message", () => {
    expect(filesWith(root.secretAccessKey)).toEqual(["secrets.json"]);
    expect(filesWith(user.secretAccessKey)).toEqual([]);
    expect(filesWith(BODY, ATTRIBUTE)).toEqual([]);
  });

  it("are searched well: what need not be secret is found", () => {
    expect(filesWith(user.accessKeyId)).not.toEqual([]);
  });

  it(
    "are all that the next server needs: users, keys, policies and sealed messages",
    async () => {
      const server = await AuthenticatedServer.started(data.path);
      try {
        expect(server.root.credentials).toEqual(root);
        const QueueUrl = `${server.url}/${HOME}/orders`;
        const worker = new CredentialHolder(server.url, user);
        const input = { QueueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ["All"] };
        const { Messages } = await worker.sqs.send(new ReceiveMessageCommand(input));
        const MessageAttributes = { mark: { StringValue: ATTRIBUTE } };
        expect(Messages).toMatchObject([{ Body: BODY, MessageAttributes }]);
        await expect(worker.sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
          name: "AccessDenied",
        });
      } finally {
        await server.end();
      }
    },
    WITHIN_MS,
  );
});

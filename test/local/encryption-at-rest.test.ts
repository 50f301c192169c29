/**
 * Encryption at rest, seen from outside: a server with root keys in its environment works with marked
 * messages and is stopped, and then every byte that it left on disk is searched for the marks.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { deduplicationKey } from "../../src/domain/deduplication-key.ts";
import { objectsOf, stringOf } from "../support/json-value.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { SqsCaller } from "../support/sqs-caller.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const MILLRACE_ROOT_KEYS = `now:${Buffer.alloc(32, 0x77).toString("base64")}`;
const KMS_KEYS = [{ id: "k-1", aliases: ["alias/k"], key: Buffer.alloc(32, 1).toString("base64") }];
const ENVIRONMENT = { MILLRACE_ROOT_KEYS, MILLRACE_KMS_KEYS: JSON.stringify(KMS_KEYS) };

const BODY = "marked-body-5f3c";
const ATTRIBUTE = "marked-attribute-8d1a";
const BINARY = "marked-binary-77e0";
const TRACE = "marked-trace-20bb";
const MARKS = [BODY, ATTRIBUTE, BINARY, TRACE, Buffer.from(BINARY).toString("base64")];

const SENDERS_ID = "chosen-by-the-sender";

const FIFO = { FifoQueue: "true", ContentBasedDeduplication: "true" };
const KINDS = [{}, FIFO, { ...FIFO, DeduplicationScope: "messageGroup" }];

const directories: TemporaryDirectory[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) directory.remove();
});

/** Sends, lets some die and move, leaves some in flight and some waiting; stops the server. */
async function workOn(dataDir: string, encryption: Record<string, string>): Promise<void> {
  const server = await ServerProcess.started({
    dataDir,
    port: await freePort(),
    environment: ENVIRONMENT,
  });
  const sqs = await SqsCaller.connect({ port: server.port });
  for (const [index, kind] of KINDS.entries()) {
    const suffix = "FifoQueue" in kind ? ".fifo" : "";
    const dead = await sqs.createQueue(`dead-${index}${suffix}`, { ...kind, ...encryption });
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:dead-${index}${suffix}`;
    const source = await sqs.createQueue(`source-${index}${suffix}`, {
      ...kind,
      ...encryption,
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }),
    });
    await send(sqs, source, suffix);
    const receive = { QueueUrl: source, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
    const failed = objectsOf(await sqs.must("ReceiveMessage", receive), "Messages");
    expect(failed.map((message) => stringOf(message, "Body"))).toContain(`${BODY}-0`);
    await sqs.must("ReceiveMessage", receive);
    await send(sqs, source, suffix);
    const moved = await sqs.must("ReceiveMessage", { QueueUrl: dead, WaitTimeSeconds: 5 });
    expect(objectsOf(moved, "Messages").map((message) => stringOf(message, "Body"))).toHaveLength(
      1,
    );
  }
  sqs.close();
  await server.stop();
}

async function send(sqs: SqsCaller, QueueUrl: string, suffix: string): Promise<void> {
  for (let index = 0; index < 5; index++) {
    await sqs.must("SendMessage", {
      QueueUrl,
      MessageBody: `${BODY}-${index}`,
      ...(suffix === "" ? {} : { MessageGroupId: `g${index}` }),
      MessageAttributes: {
        [ATTRIBUTE]: { DataType: "String", StringValue: ATTRIBUTE },
        binary: { DataType: "Binary", BinaryValue: Buffer.from(BINARY).toString("base64") },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: TRACE } },
    });
  }
}

/** Which marks are in any file, write-ahead logs included. */
function marksIn(dataDir: string): string[] {
  const paths = filesOf(dataDir);
  const files = paths.map((path) => readFileSync(path));
  expect(paths.filter((path) => path.includes(".sqlite")).length).toBeGreaterThan(3);
  return MARKS.filter((mark) => files.some((file) => file.includes(mark)));
}

function filesOf(dataDir: string): string[] {
  return readdirSync(dataDir, { recursive: true, encoding: "utf8" })
    .map((name) => join(dataDir, name))
    .filter((path) => statSync(path).isFile());
}

/** Sends one message that is known again by its body, and one by its sender's id; stops the server. */
async function sendTwoThatAreKnownAgain(dataDir: string, attributes: Record<string, string>) {
  const environment = ENVIRONMENT;
  const server = await ServerProcess.started({ dataDir, port: await freePort(), environment });
  const sqs = await SqsCaller.connect({ port: server.port });
  const QueueUrl = await sqs.createQueue("known.fifo", attributes);
  const message = { QueueUrl, MessageBody: BODY, MessageGroupId: "g" };
  await sqs.must("SendMessage", message);
  await sqs.must("SendMessage", { ...message, MessageDeduplicationId: SENDERS_ID });
  sqs.close();
  await server.stop();
}

/** The key of the queue's hashes, which lies beside them. */
function hashKeyIn(dataDir: string): Uint8Array {
  for (const path of filesOf(dataDir).filter((name) => name.endsWith(".sqlite"))) {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const key = database.prepare("SELECT receipt_key FROM queue").get()?.["receipt_key"];
      if (key instanceof Uint8Array) return key;
    } catch {
      // Another kind of object has no such table.
    } finally {
      database.close();
    }
  }
  throw new Error("no queue was found");
}

function temporaryPath(): string {
  const directory = new TemporaryDirectory();
  directories.push(directory);
  return directory.path;
}

describe("the files of a stopped server", () => {
  it.each([
    ["the queues' own encryption", {}],
    ["a KMS key", { KmsMasterKeyId: "alias/k" }],
  ])(
    "hold nothing that a sender gave, with %s",
    async (_, encryption) => {
      const dataDir = temporaryPath();
      await workOn(dataDir, encryption);
      expect(marksIn(dataDir)).toEqual([]);
    },
    60_000,
  );

  it("hold all of it where encryption is off: the search does find", async () => {
    const dataDir = temporaryPath();
    await workOn(dataDir, { SqsManagedSseEnabled: "false" });
    expect(marksIn(dataDir)).toEqual([BODY, ATTRIBUTE, BINARY, TRACE]);
  }, 60_000);

  it.each([
    ["the queue", FIFO],
    ["each group", { ...FIFO, DeduplicationScope: "messageGroup" }],
  ])(
    "do not tell by what %s knows a message again whether its body was guessed right",
    async (_, attributes) => {
      const dataDir = temporaryPath();
      await sendTwoThatAreKnownAgain(dataDir, attributes);
      const key = hashKeyIn(dataDir);
      const files = filesOf(dataDir).map((path) => readFileSync(path));
      const remembers = (id: string) =>
        files.some((file) => file.includes(Buffer.from(deduplicationKey(id, key))));
      // What its sender chose is found, so the search is where it should be.
      expect(remembers(SENDERS_ID)).toBe(true);
      expect(remembers(createHash("sha256").update(BODY).digest("hex"))).toBe(false);
    },
    60_000,
  );
});

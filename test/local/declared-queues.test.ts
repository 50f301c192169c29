/** Queues that a file declares: they are there before anybody is served, as the file says, at every start. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toJsonSchema } from "@valibot/to-json-schema";
import { describe, expect, it } from "vitest";
import { startLocalServer } from "../../src/local/local-server.ts";
import { QUEUE_FILE } from "../../src/local/queue-file.ts";
import { cleansUp } from "../support/cleanups.ts";
import { objectOf } from "../support/json-value.ts";
import { SqsCaller } from "../support/sqs-caller.ts";
import { CliProcess } from "./cli-process.ts";

const SCHEMA = join(import.meta.dirname, "../../docs/queues.schema.json");

const cleanups = cleansUp();

function fileOf(content: unknown): string {
  const path = join(cleanups.temporaryPath(), "queues.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** Starts a server on the file and asks it for the attributes of a queue. */
async function attributesAfter(config: string, dataDir: string, name: string) {
  const server = await startLocalServer({ port: 0, dataDir, config });
  try {
    const sqs = await SqsCaller.connect({ port: server.port });
    const input = { QueueUrl: name, AttributeNames: ["All"] };
    const attributes = objectOf(await sqs.must("GetQueueAttributes", input), "Attributes");
    sqs.close();
    return attributes;
  } finally {
    await server.stop();
  }
}

const QUEUES = [
  {
    name: "orders",
    attributes: { VisibilityTimeout: 12, Policy: { Version: "2012-10-17", Statement: [] } },
    redrive: { deadLetterQueue: "failed", maxReceiveCount: 3 },
    tags: { team: "shop" },
  },
  { name: "failed" },
  { name: "events.fifo", attributes: { DeduplicationScope: "messageGroup" } },
];

describe("a file of queues", () => {
  it("brings queues into being with their attributes, whatever the order of dead-letter queues", async () => {
    const attributes = await attributesAfter(
      fileOf({ queues: QUEUES }),
      cleanups.temporaryPath(),
      "orders",
    );
    const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:failed";
    expect(attributes).toMatchObject({
      VisibilityTimeout: "12",
      Policy: '{"Version":"2012-10-17","Statement":[]}',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }),
    });
  });

  it("changes nothing at the next start, and what it says anew at the one after", async () => {
    const dataDir = cleanups.temporaryPath();
    const first = await attributesAfter(fileOf({ queues: QUEUES }), dataDir, "orders");
    const again = await attributesAfter(fileOf({ queues: QUEUES }), dataDir, "orders");
    expect(again).toEqual(first);
    const changed = [{ name: "orders", attributes: { VisibilityTimeout: "40" } }];
    const later = await attributesAfter(fileOf({ queues: changed }), dataDir, "orders");
    expect(later).toMatchObject({ VisibilityTimeout: "40", RedrivePolicy: first.RedrivePolicy });
  });

  it("is applied at the start and not again: a reset takes its queues, too", async () => {
    const dataDir = cleanups.temporaryPath();
    const config = fileOf({ queues: QUEUES });
    const server = await startLocalServer({ port: 0, dataDir, config });
    const reset = async () => {
      const request = { method: "POST" };
      return (await fetch(`http://127.0.0.1:${server.port}/_millrace/reset`, request)).json();
    };
    expect(await reset()).toEqual({ deletedQueues: 3 });
    expect(await reset()).toEqual({ deletedQueues: 0 });
    await server.stop();
    expect(await attributesAfter(config, dataDir, "orders")).toHaveProperty("RedrivePolicy");
  });

  it("may let a queue be its own dead-letter queue, or two each other's", async () => {
    const redrive = (deadLetterQueue: string) => ({ deadLetterQueue, maxReceiveCount: 1 });
    const queues = [
      { name: "own", redrive: redrive("own") },
      { name: "a", redrive: redrive("b") },
      { name: "b", redrive: redrive("a") },
    ];
    const attributes = await attributesAfter(fileOf({ queues }), cleanups.temporaryPath(), "b");
    expect(attributes.RedrivePolicy).toContain(":a");
  });

  it.each([
    ["{", /queues\.json is not JSON: /],
    ['{\n  "queues": [\n    {"name": "a"},\n  ]\n}\n', /queues\.json is not JSON: /],
    ['{"queues": [{"name": "a", "tags": {"__proto__": "x"}}]}', /a name cannot be __proto__/],
    [{ queues: [{ name: "a", tags: ["x"] }] }, /tags is an object, not a list/],
    [{ queues: [{ name: "a" }, { name: "a" }] }, /The queue a is declared twice/],
    [
      { queues: [{ name: "a", attributes: { RedrivePolicy: { maxReceiveCount: 1 } } }] },
      /queues\.json: a: RedrivePolicy is said as "redrive"/,
    ],
    [{ queues: [{ name: "a", attributes: { "Foo\nBar": "v" } }] }, /Unknown Attribute Foo Bar\./],
    [{ queues: [{ name: 1 }] }, /queues\.json: queues\.0\.name: /],
    [{ queues: [{ name: "a", colour: "red" }] }, /queues\.json: queues\.0\.colour: /],
    [
      { queues: [{ name: "a b" }] },
      /The queue a b cannot be as the file of --config says: Can only/,
    ],
    [
      { queues: [{ name: "a\nb" }] },
      /The queue a b cannot be as the file of --config says: Can only/,
    ],
    [
      { queues: [{ name: "a", attributes: { DelaySeconds: 901 } }] },
      /The queue a cannot be .*: Invalid value for the parameter DelaySeconds\./,
    ],
    [
      { queues: [{ name: "a", redrive: { deadLetterQueue: "none", maxReceiveCount: 1 } }] },
      /The queue a cannot be .*Dead letter target does not exist\./,
    ],
  ])("that is wrong ends the start with one line: %j", async (content, line) => {
    const args = ["--port", "0", "--data", cleanups.temporaryPath(), "--config", fileOf(content)];
    const command = new CliProcess(args);
    cleanups.push(() => command.end());
    const { code, stdout, stderr } = await command.exit();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("has the form that the published schema gives", () => {
    const published: unknown = JSON.parse(readFileSync(SCHEMA, "utf8"));
    expect(published).toEqual(toJsonSchema(QUEUE_FILE));
  });
});

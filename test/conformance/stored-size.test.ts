/**
 * What SQS does not count, or counts before it is stored, must not make a stored message larger than
 * a row of an object may be: 2 MB. Such a message would be refused by the disk, and with it the
 * commit of everybody else.
 */

import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { invalidValue, refused } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

const ROW_BYTES_MAX = 2_000_000;
const MIB = 1_048_576;

async function largestRowBytes(queue: TestQueue): Promise<number> {
  return runInDurableObject(queue.object, (_queue, { storage }) => {
    const tables = storage.sql.exec(
      // Those of the platform cannot be read.
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
    );
    const sizes = [...tables].flatMap(({ name }) => {
      const rows = [...storage.sql.exec(`SELECT * FROM "${String(name)}"`)];
      return rows.map((row) => Object.values(row).reduce((sum: number, v) => sum + sizeOf(v), 0));
    });
    return Math.max(...sizes);
  });
}

function sizeOf(value: unknown): number {
  return value instanceof ArrayBuffer ? value.byteLength : String(value).length;
}

describe("a message of 1 MiB fits a row", () => {
  test.each([
    ["quotes", { DataType: "String", StringValue: '"'.repeat(MIB - 8) }],
    ["line feeds", { DataType: "String", StringValue: "\n".repeat(MIB - 8) }],
    ["bytes", { DataType: "Binary", BinaryValue: Buffer.alloc(MIB - 8).toString("base64") }],
  ])("when an attribute takes nearly all of it, in %s", async (_title, a) => {
    const queue = await TestQueue.create();
    await queue.send("x", { MessageAttributes: { a } });
    expect(await largestRowBytes(queue)).toBeLessThan(ROW_BYTES_MAX);
    await queue.evict();
    const { MessageAttributes } = await queue.receiveOne();
    expect(JSON.stringify(MessageAttributes) === JSON.stringify({ a })).toBe(true);
  });
});

describe("a trace header", () => {
  test("is bounded, since it does not count towards a message's size", async () => {
    const queue = await TestQueue.create();
    const AWSTraceHeader = { DataType: "String", StringValue: "x".repeat(3_000_000) };
    const input = { MessageBody: "a", MessageSystemAttributes: { AWSTraceHeader } };
    await refused(queue.call("SendMessage", input), invalidValue, /AWSTraceHeader/);
    const StringValue = "x".repeat(8_192);
    await queue.send("a", {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue } },
    });
    const { Attributes } = await queue.receiveOne();
    expect(Attributes).toMatchObject({ AWSTraceHeader: StringValue });
  });

  test("that came by HTTP and cannot be stored is ignored, not refused", async () => {
    const queue = await TestQueue.create();
    for (const header of ["x".repeat(8_193), "a\u0001b", ""]) {
      const headers = { "x-amzn-trace-id": header };
      const { status } = await queue.callWith("SendMessage", { MessageBody: "a" }, { headers });
      expect(status).toBe(200);
    }
    const messages = await queue.receive({ MessageSystemAttributeNames: ["AWSTraceHeader"] });
    expect(messages).toHaveLength(3);
    for (const message of messages) expect(message).not.toHaveProperty("Attributes");
  });
});

/**
 * Clients that leave whenever they like, against the real server: nothing they do is an error of the
 * server's, so nothing of it is in its log, and it serves the next client as if nothing had been.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpCaller } from "../support/http-caller.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { readMessages, SqsCaller } from "../support/sqs-caller.ts";
import { requestHead, sqsRequest } from "../support/sqs-request.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const CLIENT_COUNT = 20;
const READY_OUTPUT = /^Millrace is ready at [^\n]*\n$/;

const data = new TemporaryDirectory();
let server: ServerProcess;
let caller: SqsCaller;
let queueUrl: string;

beforeAll(async () => {
  server = await ServerProcess.started({ dataDir: data.path, port: await freePort() });
  caller = await SqsCaller.connect({ port: server.port });
  queueUrl = await caller.createQueue("leavers");
});

afterAll(async () => {
  caller.close();
  await server.stop();
  data.remove();
});

describe.each(["hangUp", "reset"] as const)("clients that leave by %s", (way) => {
  test("in the middle of a body with a length leave no trace", async () => {
    const request = sqsRequest(head("SendMessage"), { QueueUrl: queueUrl, MessageBody: "a" });
    await leaveAfter(request.slice(0, -10), way);
    await expectNoTrace();
  });

  test("in the middle of a chunked body leave no trace", async () => {
    const chunked = head("SendMessage").replace("content-length: ", "transfer-encoding: chunked");
    await leaveAfter(`${chunked}\r\n\r\n5\r\n{"Que\r\n40\r\nueUrl`, way);
    await expectNoTrace();
  });

  test("in the middle of a head leave no trace", async () => {
    await leaveAfter(head("SendMessage").slice(0, 100), way);
    await expectNoTrace();
  });

  test("before the answer to a send leave no trace, and the message is whole", async () => {
    const input = { QueueUrl: queueUrl, MessageBody: "whole" };
    await leaveAfter(sqsRequest(head("SendMessage"), input), way);
    await expectNoTrace();
    const bodies = await drain();
    expect(bodies.filter((body) => body !== "whole")).toEqual([]);
  });

  test("in the middle of a long poll leave no trace, and swallow nothing", async () => {
    const input = { QueueUrl: queueUrl, WaitTimeSeconds: 20 };
    await leaveAfter(sqsRequest(head("ReceiveMessage"), input), way);
    await caller.must("SendMessage", { QueueUrl: queueUrl, MessageBody: "for the living" });
    expect(await drain()).toEqual(["for the living"]);
    await expectNoTrace();
  });
});

test("a poll that waits is woken by a send, in one hop of milliseconds", async () => {
  const poller = await SqsCaller.connect({ port: server.port });
  const poll = poller.must("ReceiveMessage", { QueueUrl: queueUrl, WaitTimeSeconds: 20 });
  await pause(200);
  const sentAtMs = performance.now();
  await caller.must("SendMessage", { QueueUrl: queueUrl, MessageBody: "wake up" });
  expect(await poll).toMatchObject({ Messages: [{ Body: "wake up" }] });
  expect(performance.now() - sentAtMs).toBeLessThan(1_000);
  poller.close();
});

function head(action: Parameters<typeof requestHead>[0]): string {
  return requestHead(action, `127.0.0.1:${server.port}`);
}

/** Many clients say this much, give the server the time to read it, and leave. */
async function leaveAfter(bytes: string, way: "hangUp" | "reset"): Promise<void> {
  const clients = await HttpCaller.connectMany(CLIENT_COUNT, { port: server.port });
  for (const client of clients) client.call(bytes).catch(() => undefined);
  await pause(150);
  for (const client of clients) client[way]();
  await pause(150);
}

async function expectNoTrace(): Promise<void> {
  await caller.must("GetQueueAttributes", { QueueUrl: queueUrl });
  expect(server.output).toMatch(READY_OUTPUT);
}

async function drain(): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const input = {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ["All"],
    };
    const messages = readMessages(await caller.must("ReceiveMessage", input));
    if (messages.length === 0) return bodies;
    bodies.push(...messages.map(({ body }) => body));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Requests that break off, through the app: whatever becomes of the client, it is no bug, and no
 * stack is in the log.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from "vitest";
import { app } from "../../src/app.ts";

let errors: MockInstance<typeof console.error>;

beforeEach(() => {
  errors = vi.spyOn(console, "error");
});

afterEach(() => {
  errors.mockRestore();
});

test("a body that breaks off before its announced length is no bug", async () => {
  expect(await answerTo({ "content-length": "100" })).toBe(400);
  expect(errors).not.toHaveBeenCalled();
});

test("a body that breaks off before its last chunk is no bug", async () => {
  expect(await answerTo({})).toBe(400);
  expect(errors).not.toHaveBeenCalled();
});

test("what nobody expected is logged as the bug it is", async () => {
  errors.mockImplementation(() => undefined);
  const bug = new Proxy(env.QUEUE, {
    get: () => () => {
      throw new Error("a bug");
    },
  });
  const response = await app.fetch(
    requestWith('{"QueueUrl":"http://localhost/000000000000/any","MessageBody":"a"}', {}),
    { ...env, QUEUE: bug },
  );
  expect(response.status).toBe(500);
  expect(errors).toHaveBeenCalledOnce();
});

async function answerTo(headers: Record<string, string>): Promise<number> {
  const response = await app.fetch(requestWith(brokenOff(), headers), env);
  return response.status;
}

function requestWith(body: BodyInit, headers: Record<string, string>): Request {
  return new Request("http://localhost/", {
    method: "POST",
    headers: { "x-amz-target": "AmazonSQS.SendMessage", ...headers },
    body,
  });
}

/** A client that says the first words and is gone. */
function brokenOff(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"QueueUrl":'));
    },
    pull(controller) {
      controller.error(new Error("Network connection lost."));
    },
  });
}

/**
 * The page about encrypting messages before they are sent: its program sends and receives, the server never
 * has what it sent, and what is not for this queue or was altered is not opened. The server has no keys
 * of its own here, so that nothing but the program can have encrypted.
 */
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LocalServer, startLocalServer } from "../../src/local/local-server.ts";
import { DocsPage } from "../support/docs-page.ts";
import { printedBySnippet } from "../support/page-snippet.ts";
import { newSdkClient } from "../support/sdk-client.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const NODE_MODULES = join(import.meta.dirname, "../../node_modules");
const PAGE = new DocsPage("client-side-encryption.md");
const TEXT = "marked-words-c41d";
const MESSAGE_KEY = Buffer.alloc(32, 0x5a).toString("base64");
const START_WITHIN_MS = 30_000;

let home: TemporaryDirectory;
let data: TemporaryDirectory;
let server: LocalServer;
let sqs: ReturnType<typeof newSdkClient>;
let queueCount = 0;
let QUEUE: string;

beforeAll(async () => {
  home = new TemporaryDirectory();
  data = new TemporaryDirectory();
  symlinkSync(NODE_MODULES, join(home.path, "node_modules"));
  server = await startLocalServer({ port: 0, dataDir: data.path });
  sqs = newSdkClient(server.url);
}, START_WITHIN_MS);
afterAll(async () => {
  sqs.destroy();
  await server.stop();
  home.remove();
  data.remove();
});
beforeEach(() => {
  queueCount += 1;
  QUEUE = `letters-${queueCount}`;
});

/** What the page's program prints. */
function letters(args: readonly string[], environment: Record<string, string> = {}) {
  const stage = { directory: home.path, url: server.url };
  return printedBySnippet(stage, {
    page: PAGE,
    name: "client-side-encryption",
    file: "letters.mjs",
    command: [process.execPath, "letters.mjs", ...args],
    environment: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
      MESSAGE_KEY,
      QUEUE,
      ...environment,
    },
  });
}

/** The body as the server has it, which stays in the queue. */
async function bodyIn(QueueUrl: string): Promise<string> {
  const input = { QueueUrl, VisibilityTimeout: 0 };
  const { Messages } = await sqs.send(new ReceiveMessageCommand(input));
  return Messages?.[0]?.Body ?? "";
}

function contents(directory: string): Buffer[] {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) =>
    join(directory, name),
  );
  return paths.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path));
}

describe("the page about encrypting before sending", () => {
  it("has a program that sends and receives, run as the page says", async () => {
    writeFileSync(
      join(home.path, "letters.mjs"),
      PAGE.snippet("client-side-encryption", server.url),
    );
    const stage = { directory: home.path, url: server.url };
    const printed = await printedBySnippet(stage, {
      page: PAGE,
      name: "client-side-encryption-run",
      file: "run.sh",
      command: ["sh", "run.sh"],
      environment: { PATH: `${join(process.execPath, "..")}:${process.env["PATH"] ?? ""}` },
    });
    expect(printed).toBe("Meet me at noon.\n");
  });

  it("has the server carry what it cannot read", async () => {
    await letters(["send", TEXT]);
    const body = await bodyIn(QUEUE);
    expect(Buffer.from(body, "base64")).toHaveLength(12 + 16 + TEXT.length);
    expect(body).not.toContain(TEXT);
    expect(Buffer.from(body, "base64").includes(TEXT)).toBe(false);
    const stored = contents(data.path);
    expect(stored.some((file) => file.includes(body))).toBe(true);
    expect(stored.some((file) => file.includes(TEXT))).toBe(false);
    expect(await letters(["receive"])).toBe(`${TEXT}\n`);
    expect(await bodyIn(QUEUE)).toBe("");
  });

  it("opens nothing that was meant for another queue, sealed with another key or altered", async () => {
    await letters(["send", TEXT]);
    const MessageBody = await bodyIn(QUEUE);
    const other = `${QUEUE}-other`;
    await sqs.send(new CreateQueueCommand({ QueueName: other }));
    await sqs.send(new SendMessageCommand({ QueueUrl: other, MessageBody }));
    const unopened = /unable to authenticate data/;
    await expect(letters(["receive"], { QUEUE: other })).rejects.toThrow(unopened);
    const another = { MESSAGE_KEY: Buffer.alloc(32, 0x5b).toString("base64") };
    await expect(letters(["receive"], another)).rejects.toThrow(unopened);
    // The first message is in flight now, so that this one comes alone.
    const altered = Buffer.from(MessageBody, "base64");
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    const forged = { QueueUrl: QUEUE, MessageBody: altered.toString("base64") };
    await sqs.send(new SendMessageCommand(forged));
    await expect(letters(["receive"])).rejects.toThrow(unopened);
  });

  it("wants a key of the right length before it sends anything", async () => {
    const short = { MESSAGE_KEY: "c2hvcnQ=" };
    await expect(letters(["send", TEXT], short)).rejects.toThrow("MESSAGE_KEY is not 32 bytes");
  });
});

/**
 * The start of a server with --auth: which secrets it makes, keeps or takes from its environment, and the
 * one line that every mistake in them costs. What it does for requests is in auth.test.ts.
 */
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { cleansUp } from "../support/cleanups.ts";
import { parseObject, stringOf } from "../support/json-value.ts";
import { AuthenticatedServer } from "./authenticated-server.ts";
import { CliProcess, type Exit } from "./cli-process.ts";

const ID = "MILLRACE_ROOT_ACCESS_KEY_ID";
const SECRET = "MILLRACE_ROOT_SECRET_ACCESS_KEY";
const KEYS = "MILLRACE_ROOT_KEYS";
/** AWS's published examples. */
const EXAMPLE_ID = "AKIAIOSFODNN7EXAMPLE";
const EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const ROOT_KEYS = `now:${Buffer.alloc(32, 7).toString("base64")}`;
const EXAMPLES = { [ID]: EXAMPLE_ID, [SECRET]: EXAMPLE_SECRET, [KEYS]: ROOT_KEYS };

const cleanups = cleansUp();

function start(
  dataDir: string,
  environment: Record<string, string> = {},
  ...flags: string[]
): CliProcess {
  const command = new CliProcess(["--port", "0", "--data", dataDir, ...flags], environment);
  cleanups.push(() => command.end());
  return command;
}

/** What a server that became ready and was told to stop has printed. */
async function printedBy(dataDir: string, environment: Record<string, string> = {}): Promise<Exit> {
  const command = start(dataDir, environment, "--auth");
  await command.ready();
  command.signal("SIGTERM");
  return await command.exit();
}

describe("a server with --auth", () => {
  it("makes its secrets once, for its owner's eyes alone, and says where they are", async () => {
    const dataDir = cleanups.temporaryPath();
    const path = join(dataDir, "secrets.json");
    const { stdout, stderr } = await printedBy(dataDir);
    expect(stdout).toMatch(/\(data in .*, root credential in .*secrets\.json\)\n$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const made = readFileSync(path, "utf8");
    const secrets = parseObject(made);
    expect(Object.keys(secrets)).toEqual([ID, SECRET, KEYS]);
    expect(readdirSync(dataDir).filter((name) => name.includes("secrets"))).toHaveLength(1);
    expect(stdout + stderr).not.toContain(stringOf(secrets, SECRET));
    await printedBy(dataDir);
    expect(readFileSync(path, "utf8")).toBe(made);
  });

  it("takes those of its environment and then writes none", async () => {
    const dataDir = cleanups.temporaryPath();
    const { stdout, stderr } = await printedBy(dataDir, EXAMPLES);
    expect(stdout).toContain("root credential from the environment");
    expect(stdout + stderr).not.toContain(EXAMPLE_SECRET);
    expect(existsSync(join(dataDir, "secrets.json"))).toBe(false);
  });

  it("keeps what its environment leaves out", async () => {
    const dataDir = cleanups.temporaryPath();
    await printedBy(dataDir, { [ID]: EXAMPLE_ID, [SECRET]: EXAMPLE_SECRET });
    const kept = parseObject(readFileSync(join(dataDir, "secrets.json"), "utf8"));
    expect(stringOf(kept, KEYS)).toMatch(/^1:/);
    expect(stringOf(kept, ID)).not.toBe(EXAMPLE_ID);
  });
});

describe("a mistake in the secrets", () => {
  it.each<[string, Record<string, string>, string]>([
    ["a secret without its id", { [SECRET]: EXAMPLE_SECRET }, "one of them is missing"],
    ["an id without its secret", { [ID]: EXAMPLE_ID }, "one of them is missing"],
    [
      "a secret too short",
      { [ID]: EXAMPLE_ID, [SECRET]: "x".repeat(15) },
      "is shorter than 16 characters",
    ],
    ["root keys of another form", { ...EXAMPLES, [KEYS]: "now:c2hvcnQ=" }, "is not name:key"],
    ["an empty entry of root keys", { ...EXAMPLES, [KEYS]: `${ROOT_KEYS},` }, "is not name:key"],
    ["a name twice", { ...EXAMPLES, [KEYS]: `${ROOT_KEYS},${ROOT_KEYS}` }, "with each name once"],
    ["KMS keys that are no JSON", { MILLRACE_KMS_KEYS: "alias/k" }, "is not a JSON array"],
    ["KMS keys that are none", { MILLRACE_KMS_KEYS: '[{"id": "k"}]' }, "is not a JSON array"],
  ])("is found at the start: %s", async (_, environment, line) => {
    const dataDir = cleanups.temporaryPath();
    const exit = await start(dataDir, environment, "--auth").exit();
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toContain(line);
    // Nothing was stored, so no key can have been lost at the next start.
    expect(readdirSync(dataDir)).not.toContain("sealed");
    expect(exit.stderr).toMatch(/^millrace: [^\n]*\n$/);
  });

  it("in root keys is found without --auth, too", async () => {
    const exit = await start(cleanups.temporaryPath(), { [KEYS]: "secret" }).exit();
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toMatch(/^millrace: MILLRACE_ROOT_KEYS is not [^\n]*\n$/);
  });

  it.each(["{", "[]", "null", '{"MILLRACE_ROOT_KEYS": 1}', "{}"])(
    "of the file is found, and the file left as it is: %s",
    async (text) => {
      const dataDir = cleanups.temporaryPath();
      const path = join(dataDir, "secrets.json");
      writeFileSync(path, text, { mode: 0o600 });
      const exit = await start(dataDir, {}, "--auth").exit();
      expect(exit).toMatchObject({ code: 1, stdout: "" });
      expect(exit.stderr).toMatch(/^millrace: \S*secrets\.json cannot be read as [^\n]*\n$/);
      expect(readFileSync(path, "utf8")).toBe(text);
    },
  );
});

describe("a file of secrets that others can read", () => {
  it.each([0o644, 0o640, 0o604])("costs one line that says what to do: mode %o", async (mode) => {
    const dataDir = cleanups.temporaryPath();
    const path = join(dataDir, "secrets.json");
    writeFileSync(path, JSON.stringify(EXAMPLES));
    chmodSync(path, mode);
    const exit = await start(dataDir, {}, "--auth").exit();
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toMatch(/^millrace: [^\n]* chmod 600 \S*secrets\.json\n$/);
    expect(exit.stderr).not.toContain(EXAMPLE_SECRET);
  });

  it("serves once that is done", async () => {
    const dataDir = cleanups.temporaryPath();
    const path = join(dataDir, "secrets.json");
    writeFileSync(path, JSON.stringify(EXAMPLES));
    chmodSync(path, 0o600);
    expect(await printedBy(dataDir)).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("data whose root keys are gone", () => {
  const GONE = /^millrace: \S*secrets\.json is gone, [^\n]* remove \S*sealed\.\n$/;

  it("costs one line, and no new keys are made", async () => {
    const dataDir = cleanups.temporaryPath();
    const path = join(dataDir, "secrets.json");
    await printedBy(dataDir);
    const secrets = readFileSync(path, "utf8");
    rmSync(path);
    const exit = await start(dataDir, {}, "--auth").exit();
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toMatch(GONE);
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, secrets, { mode: 0o600 });
    expect(await printedBy(dataDir)).toMatchObject({ code: 0, stderr: "" });
  });

  it("is told where the environment had brought them, too, and serves when it does again", async () => {
    const dataDir = cleanups.temporaryPath();
    await printedBy(dataDir, EXAMPLES);
    expect((await start(dataDir, {}, "--auth").exit()).stderr).toMatch(GONE);
    // Another root credential costs nothing that is stored.
    expect(await printedBy(dataDir, { [KEYS]: ROOT_KEYS })).toMatchObject({ code: 0, stderr: "" });
  });

  it("is not what a server without --auth has left", async () => {
    const dataDir = cleanups.temporaryPath();
    const open = start(dataDir);
    await open.ready();
    open.signal("SIGTERM");
    await open.exit();
    expect(await printedBy(dataDir)).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("a file of queues with --auth", () => {
  it("declares queues of the server's own account", async () => {
    const config = join(cleanups.temporaryPath(), "queues.json");
    const redrive = { deadLetterQueue: "failed", maxReceiveCount: 3 };
    const queues = [{ name: "orders", redrive }, { name: "failed" }];
    writeFileSync(config, JSON.stringify({ queues }));
    const dataDir = cleanups.temporaryPath();
    // At the second start they are there, and are looked at.
    for (const _ of [1, 2]) {
      const server = await AuthenticatedServer.started(dataDir, "--config", config);
      cleanups.push(() => server.end());
      const { QueueUrls = [] } = await server.root.sqs.send(new ListQueuesCommand({}));
      expect(QueueUrls.map((url) => url.split("/").at(-1))).toEqual(["failed", "orders"]);
      expect(await server.stopped()).toMatchObject({ code: 0, stderr: "" });
    }
  });

  it("costs one line where it declares one of another account", async () => {
    const config = join(cleanups.temporaryPath(), "queues.json");
    writeFileSync(
      config,
      JSON.stringify({ queues: [{ name: "orders", accountId: "111122223333" }] }),
    );
    const exit = await start(cleanups.temporaryPath(), {}, "--auth", "--config", config).exit();
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toMatch(
      /^millrace: The queue orders is declared in account 111122223333, and with --auth [^\n]*\n$/,
    );
  });
});

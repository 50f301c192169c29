/**
 * `npm run setup`: what it makes, and that it says what to do where wrangler cannot do its part. What
 * wrangler does with the secrets needs a Cloudflare account: a stand-in says what wrangler says there.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const SETUP = join(import.meta.dirname, "../../src/local/setup.ts");

const directories: TemporaryDirectory[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) directory.remove();
});

/** Takes all secrets that it is given, and answers a question after those that are there as told. */
function setupWith({ list, code }: { readonly list: string; readonly code: number }) {
  const directory = new TemporaryDirectory();
  directories.push(directory);
  const script = `#!/bin/sh\nif [ "$2" = list ]; then echo '${list}'; exit ${code}; fi\ncat >/dev/null\n`;
  writeFileSync(join(directory.path, "wrangler"), script, { mode: 0o755 });
  const PATH = `${directory.path}${delimiter}${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH };
  return spawnSync(process.execPath, [SETUP], { encoding: "utf8", env });
}

function setup(...args: string[]) {
  const { CLOUDFLARE_API_TOKEN: _, ...environment } = process.env;
  return spawnSync(process.execPath, [SETUP, ...args], {
    encoding: "utf8",
    env: { ...environment, CI: "1" },
  });
}

describe("npm run setup", () => {
  test("shows new secrets, which differ every time", () => {
    const shown = [setup("--show"), setup("--show")].map(({ stdout }) => stdout.split("\n"));
    for (const lines of shown) {
      expect(lines[0]).toMatch(/^MILLRACE_ROOT_ACCESS_KEY_ID=MRKROOT[A-Z2-7]{13}$/);
      expect(lines[1]).toMatch(/^MILLRACE_ROOT_SECRET_ACCESS_KEY=[A-Za-z0-9]{40}$/);
      expect(lines[2]).toMatch(/^MILLRACE_ROOT_KEYS=1:[A-Za-z0-9+/]{43}=$/);
    }
    for (const line of [0, 1, 2]) expect(shown[0]?.[line]).not.toBe(shown[1]?.[line]);
  });

  test("says in one line what to do when wrangler is not logged in, and shows no secret", () => {
    const { status, stdout, stderr } = setup();
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /^setup: wrangler could not list the secrets\. Log in with [^\n]+ It said: [A-Z][ -~]+\n$/,
    );
  }, 60_000);

  test("says so when there is no wrangler", () => {
    const environment = { PATH: import.meta.dirname };
    const { status, stderr } = spawnSync(process.execPath, [SETUP], {
      encoding: "utf8",
      env: environment,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^setup: wrangler could not list [^\n]+ It said: .*ENOENT\n$/);
  });

  test("begins a Worker that is not there, and shows once all that it has stored", () => {
    const list = '[ERROR] Worker "millrace" not found.';
    const { status, stdout, stderr } = setupWith({ list, code: 1 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^MILLRACE_ROOT_ACCESS_KEY_ID=MRKROOT/m);
    expect(stdout).toMatch(/^MILLRACE_ROOT_SECRET_ACCESS_KEY=./m);
    expect(stdout).toMatch(/^MILLRACE_ROOT_KEYS=1:/m);
  });

  test("stores and shows only what is missing", () => {
    const list = '[{"name": "MILLRACE_ROOT_KEYS"}, {"name": "MILLRACE_ROOT_ACCESS_KEY_ID"}]';
    const { stdout } = setupWith({ list, code: 0 });
    const shown = [...stdout.matchAll(/^(MILLRACE_[A-Z_]+)=/gm)].map(([, name]) => name);
    expect(shown).toEqual(["MILLRACE_ROOT_SECRET_ACCESS_KEY"]);
  });

  test.each([
    "A new version of wrangler is there.\n[]",
    '{"name": "MILLRACE_ROOT_KEYS"}',
    '["MILLRACE_ROOT_KEYS"]',
    "",
  ])("stores nothing and says so in one line when the list cannot be read: %j", (list) => {
    const { status, stdout, stderr } = setupWith({ list, code: 0 });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^setup: wrangler's list of secrets cannot be read\. It said: .*\n$/);
  });

  test("refuses an option that it does not know", () => {
    expect(setup("--shwo")).toMatchObject({
      status: 2,
      stderr: "setup: there is no option '--shwo'. usage: npm run setup [-- --show]\n",
    });
  });
});

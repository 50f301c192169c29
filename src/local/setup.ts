#!/usr/bin/env node
/**
 * `npm run setup`: makes the secrets of a deployment and gives them to the Cloudflare account that wrangler
 * is logged in to. It never replaces one that is there, because what is stored under a lost root key is
 * lost. Nobody can read them from there, so what was stored is shown once. A Worker that is not there yet is
 * begun with its secrets. `--show` prints new ones and sends nothing, for `.dev.vars` or
 * `npm start -- --auth`.
 *
 * Exit codes: 0 done, 1 wrangler did not do its part, 2 mistyped.
 */
import { spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { type DeploymentSecrets, newDeploymentSecrets } from "./deployment-secrets.ts";

/** Wrangler's words: it begins a Worker with its secrets, but lists none of one that is not there. */
const NO_WORKER = /Worker ".*" not found/;
const ERROR_MARK = "[ERROR]";
const USAGE = "usage: npm run setup [-- --show]";

process.exitCode = run(process.argv.slice(2));

function run(args: readonly string[]): number {
  const [flag] = args;
  if (args.length > 1 || (flag !== undefined && flag !== "--show")) {
    console.error(`setup: there is no option '${args.join(" ")}'. ${USAGE}`);
    return 2;
  }
  const secrets = newDeploymentSecrets();
  return flag === "--show" ? show(secrets) : send(secrets);
}

function show(secrets: DeploymentSecrets): number {
  for (const [name, value] of Object.entries(secrets)) console.log(`${name}=${value}`);
  return 0;
}

function send(secrets: DeploymentSecrets): number {
  const present = presentNames();
  if (present === undefined) return 1;
  const missing = Object.entries(secrets).filter(([name]) => !present.includes(name));
  if (missing.length === 0) {
    console.log("All secrets are there; nothing was changed.");
    return 0;
  }
  const sent = wrangler(["secret", "bulk"], JSON.stringify(Object.fromEntries(missing)));
  if (sent.status !== 0) return failed("store the secrets", sent.output);
  console.log("Stored, and shown this once. Keep them where nobody works with them daily;");
  console.log(
    "without MILLRACE_ROOT_KEYS what is stored cannot be read, nor the root key changed:",
  );
  for (const [name, value] of missing) console.log(`${name}=${value}`);
  return 0;
}

/** The names of the secrets that the deployment has; undefined after saying why nobody knows. */
function presentNames(): string[] | undefined {
  const listed = wrangler(["secret", "list", "--format", "json"]);
  if (listed.status !== 0) {
    if (NO_WORKER.test(listed.output)) return [];
    failed("list the secrets", listed.output);
    return undefined;
  }
  const names = namesIn(listed.output);
  if (names === undefined) {
    console.error(
      `setup: wrangler's list of secrets cannot be read. It said: ${brief(listed.output)}`,
    );
  }
  return names;
}

/** Undefined for what is no list of names: a secret that is taken for missing would be replaced. */
function namesIn(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.map(nameOf) : undefined;
  } catch {
    return undefined;
  }
}

function nameOf(entry: unknown): string {
  if (typeof entry !== "object" || entry === null || !("name" in entry)) throw new TypeError();
  return String(entry.name);
}

function wrangler(args: readonly string[], input = ""): { status: number; output: string } {
  const { status, stdout, stderr, error } = spawnSync("wrangler", args, {
    input,
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  if (error !== undefined) return { status: 1, output: error.message };
  return { status: status ?? 1, output: status === 0 ? stdout : stdout + stderr };
}

function failed(what: string, output: string): number {
  console.error(
    `setup: wrangler could not ${what}. Log in with \`npx wrangler login\`, and try again. It said: ${brief(output)}`,
  );
  return 1;
}

/** In one line: wrangler says the same in many, in colours. */
function brief(output: string): string {
  const lines = stripVTControlCharacters(output).trim().split("\n");
  const reason = lines.find((line) => line.includes(ERROR_MARK)) ?? lines[0] ?? "";
  return reason.split(ERROR_MARK).at(-1)?.trim() ?? "";
}

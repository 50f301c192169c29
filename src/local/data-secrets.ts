/**
 * DataSecrets: the secrets of a local server that authenticates. Those that the environment does not bring
 * are made once and kept in the data directory, beside what is stored under them, for its owner's eyes
 * alone: whoever has the directory has its keys, which is what a local server promises and no more. A mark
 * beside them says that there were keys, so that new ones are never made over data that lost its own.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { newDeploymentSecrets } from "./deployment-secrets.ts";
import { StartFailure } from "./start-failure.ts";

export type LocalCredential = { readonly accessKeyId: string; readonly secretAccessKey: string };

type Secrets = Readonly<Record<string, string>>;

export const SECRETS_FILE = "secrets.json";
const KEY_ID = "MILLRACE_ROOT_ACCESS_KEY_ID";
const KEY_SECRET = "MILLRACE_ROOT_SECRET_ACCESS_KEY";
const ROOT_KEYS = "MILLRACE_ROOT_KEYS";
const NEEDED = [KEY_ID, KEY_SECRET, ROOT_KEYS];
/** There since the first start with --auth, whoever brought the keys. */
const MARK_FILE = "sealed";
const MARK_TEXT = "What is stored here is sealed under root keys: see secrets.json.\n";
const SECRET_CHARACTERS_MIN = 16;
const PRIVATE_AND_SYNCED = { mode: 0o600, flush: true };
const OTHERS = 0o077;

/** Throws StartFailure for half a credential, and for a file that is not what was written. */
export function secretsIn(directory: string, given: Secrets): Secrets {
  const isKeyGiven = given[KEY_ID] !== undefined;
  if (isKeyGiven !== (given[KEY_SECRET] !== undefined)) {
    throw new StartFailure(`${KEY_ID} and ${KEY_SECRET} come together: one of them is missing.`);
  }
  if ((given[KEY_SECRET] ?? "").length < SECRET_CHARACTERS_MIN && isKeyGiven) {
    throw new StartFailure(`${KEY_SECRET} is shorter than ${SECRET_CHARACTERS_MIN} characters.`);
  }
  if (NEEDED.every((name) => given[name] !== undefined)) return given;
  if (given[ROOT_KEYS] === undefined) refuseLostKeys(directory);
  return { ...keptSecrets(join(directory, SECRETS_FILE)), ...given };
}

/** Call it before anything is stored, and when the keys are known to be good. */
export function markAsSealed(directory: string): void {
  const mark = join(directory, MARK_FILE);
  if (!existsSync(mark)) writeFileSync(mark, MARK_TEXT);
}

function refuseLostKeys(directory: string): void {
  const path = join(directory, SECRETS_FILE);
  const mark = join(directory, MARK_FILE);
  if (existsSync(path) || !existsSync(mark)) return;
  throw new StartFailure(
    `${path} is gone, and what is stored there was sealed under root keys. Restore the file, or bring ${ROOT_KEYS} in the environment; to begin with new keys and lose what was sealed, remove ${mark}.`,
  );
}

export function credentialOf(secrets: Secrets): LocalCredential {
  const { [KEY_ID]: accessKeyId = "", [KEY_SECRET]: secretAccessKey = "" } = secrets;
  return { accessKeyId, secretAccessKey };
}

function keptSecrets(path: string): Secrets {
  if (!existsSync(path)) {
    const made: Secrets = newDeploymentSecrets();
    writeDurably(path, `${JSON.stringify(made, undefined, 2)}\n`);
    return made;
  }
  refuseOthersEyes(path);
  const kept = readSecrets(readFileSync(path, "utf8"));
  if (kept !== undefined) return kept;
  throw new StartFailure(
    `${path} cannot be read as the secrets that messages there are stored under. Restore the file; without it they are lost.`,
  );
}

function refuseOthersEyes(path: string): void {
  if ((statSync(path).mode & OTHERS) === 0) return;
  throw new StartFailure(
    `${path} holds the root credential, and others than its owner have access to it. Take that away: chmod 600 ${path}`,
  );
}

/** All of it or nothing, and on disk before anything is stored under these keys. */
function writeDurably(path: string, text: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, text, PRIVATE_AND_SYNCED);
  renameSync(draft, path);
  const directory = openSync(dirname(path), "r");
  fsyncSync(directory);
  closeSync(directory);
}

function readSecrets(text: string): Secrets | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const entries: [string, unknown][] = Object.entries(value);
    const texts = entries.filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    const secrets: Secrets = Object.fromEntries(texts);
    return NEEDED.every((name) => name in secrets) ? secrets : undefined;
  } catch {
    return undefined;
  }
}

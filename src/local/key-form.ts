/**
 * KeyForm: whether the keys that a server is given have the form in which its Worker reads them. With keys
 * that it cannot read the Worker refuses every request, so that a slip of the pen is better found before
 * the start. It looks at the form alone; which key is which the Worker decides.
 */
import { StartFailure } from "./start-failure.ts";

const ROOT_ENTRY = /^([A-Za-z0-9_-]{1,16}):[A-Za-z0-9+/]{43}=$/;
const BASE64_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** Throws StartFailure, which never holds a key. */
export function refuseUnreadableKeys(secrets: Readonly<Record<string, string>>): void {
  const { MILLRACE_ROOT_KEYS: roots = "", MILLRACE_KMS_KEYS: kms = "" } = secrets;
  if (roots.trim() !== "" && !isRootList(roots)) {
    throw new StartFailure(
      "MILLRACE_ROOT_KEYS is not name:key,name:key,… with each name once and keys of 32 bytes in base64. npm run setup -- --show prints one that is.",
    );
  }
  if (kms.trim() !== "" && !isKmsList(kms)) {
    throw new StartFailure(
      'MILLRACE_KMS_KEYS is not a JSON array of {"id": …, "key": …} with keys of 32 bytes in base64.',
    );
  }
}

function isRootList(text: string): boolean {
  const names = text.split(",").map((entry) => ROOT_ENTRY.exec(entry.trim())?.[1]);
  return !names.includes(undefined) && new Set(names).size === names.length;
}

function isKmsList(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isKmsKey);
  } catch {
    return false;
  }
}

function isKmsKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const isNamed = "id" in value && typeof value.id === "string";
  return isNamed && "key" in value && typeof value.key === "string" && BASE64_KEY.test(value.key);
}

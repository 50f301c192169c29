/**
 * Stamped bodies: a body names its message and can be told from any other, so that a delivery can be
 * traced to its send and a damaged body is seen.
 */
import { createHash } from "node:crypto";

const FILLER_BYTES_MAX = 1_500;
const STAMP = /^([a-z0-9-]+)\|/;

/** The same body for the same uid; lengths differ between uids. */
export function bodyOf(uid: string): string {
  const digest = createHash("sha256").update(uid).digest();
  const fillerBytes = digest.readUInt16BE(0) % FILLER_BYTES_MAX;
  return `${uid}|${digest.toString("hex").repeat(24).slice(0, fillerBytes)}`;
}

export function digestOf(body: string): string {
  return createHash("sha256").update(body).digest("base64");
}

/** The uid that a received body claims to have; undefined if it carries no stamp at all. */
export function uidOf(body: string): string | undefined {
  return STAMP.exec(body)?.[1];
}

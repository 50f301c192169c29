/**
 * Receipt handles: opaque to clients, self-describing to us. A handle names the message's place, so
 * that deleting is one hop and no index; and it carries a MAC, so that a string which was never
 * issued (SQS: 404) can be told from one whose message is gone (SQS: 200).
 *
 *   u8 version | 8 bytes of the queue's uid | 7 bytes segment id | u32 segment tag | u16 index |
 *   u32 receipt nonce | 6 bytes received at ms | 16 bytes MAC
 *
 * 48 bytes are 64 characters of the standard base64 alphabet without padding. `-` never occurs:
 * AWS's Python extended client splits handles at it. The MAC's key is the queue's own, so another
 * queue's handle cannot pass.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { assert } from "./assert.ts";

const VERSION = 1;
const HANDLE_BYTES = 48;
const MAC_BYTES = 16;
const HANDLE_PATTERN = /^[A-Za-z0-9+/]{64}$/;

/** What a handle says. `receivedAtMs` is where SQS's cap of 12 hours counts from. */
export type Receipt = {
  readonly segmentId: number;
  readonly segmentTag: number;
  readonly index: number;
  readonly receiptNonce: number;
  readonly receivedAtMs: number;
};

/** One message's new visibility timeout, as its receiver asks for it. */
export type VisibilityChange = {
  readonly receiptHandle: string;
  readonly visibilityTimeoutSeconds: number;
};

/** Whose handles they are: `uid` is 8 bytes, made with the queue. */
export type ReceiptIssuer = { readonly uid: Uint8Array; readonly key: Uint8Array };

export type OpenedHandle =
  | { readonly kind: "receipt"; readonly receipt: Receipt }
  | { readonly kind: "garbage" }
  | { readonly kind: "foreign" };

export function sealReceiptHandle(receipt: Receipt, issuer: ReceiptIssuer): string {
  const bytes = Buffer.alloc(HANDLE_BYTES);
  bytes.writeUInt8(VERSION, 0);
  bytes.set(issuer.uid, 1);
  bytes.writeUInt32BE(Math.floor(receipt.segmentId / 2 ** 24), 9);
  bytes.writeUIntBE(receipt.segmentId % 2 ** 24, 13, 3);
  bytes.writeUInt32BE(receipt.segmentTag, 16);
  bytes.writeUInt16BE(receipt.index, 20);
  bytes.writeUInt32BE(receipt.receiptNonce, 22);
  bytes.writeUIntBE(receipt.receivedAtMs, 26, 6);
  bytes.set(mac(bytes, issuer.key), HANDLE_BYTES - MAC_BYTES);
  return bytes.toString("base64");
}

export function openReceiptHandle(handle: string, issuer: ReceiptIssuer): OpenedHandle {
  assert(issuer.uid.byteLength === 8, "a queue's uid has 8 bytes");
  if (!HANDLE_PATTERN.test(handle)) return { kind: "garbage" };
  const bytes = Buffer.from(handle, "base64");
  if (bytes.readUInt8(0) !== VERSION) return { kind: "garbage" };
  if (!bytes.subarray(1, 9).equals(issuer.uid)) return { kind: "foreign" };
  if (!timingSafeEqual(bytes.subarray(HANDLE_BYTES - MAC_BYTES), mac(bytes, issuer.key))) {
    return { kind: "garbage" };
  }
  return {
    kind: "receipt",
    receipt: {
      segmentId: bytes.readUInt32BE(9) * 2 ** 24 + bytes.readUIntBE(13, 3),
      segmentTag: bytes.readUInt32BE(16),
      index: bytes.readUInt16BE(20),
      receiptNonce: bytes.readUInt32BE(22),
      receivedAtMs: bytes.readUIntBE(26, 6),
    },
  };
}

function mac(handle: Buffer, key: Uint8Array): Buffer {
  const signed = handle.subarray(0, HANDLE_BYTES - MAC_BYTES);
  return createHmac("sha256", key).update(signed).digest().subarray(0, MAC_BYTES);
}

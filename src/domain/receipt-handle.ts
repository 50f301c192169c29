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
 *
 * Handles are sealed and opened a call's worth at a time: 48 bytes are whole groups of base64, so
 * the text of several handles is the text of their bytes in a row.
 */
import { Buffer } from "node:buffer";
import { assert } from "./assert.ts";
import { sipHash } from "./sip-hash.ts";

const VERSION = 1;
const HANDLE_BYTES = 48;
const SIGNED_BYTES = 32;
const HANDLE_CHARACTERS = 64;
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

/** Whose handles they are: `uid` is 8 bytes and `key` at least 16, made with the queue. */
export type ReceiptIssuer = { readonly uid: Uint8Array; readonly key: Uint8Array };

export type OpenedHandle =
  | { readonly kind: "receipt"; readonly receipt: Receipt }
  | { readonly kind: "garbage" }
  | { readonly kind: "foreign" };

const GARBAGE: OpenedHandle = { kind: "garbage" };
const FOREIGN: OpenedHandle = { kind: "foreign" };

/** The handles of several receipts, in their order. */
export function sealReceiptHandles(receipts: readonly Receipt[], issuer: ReceiptIssuer): string[] {
  assert(issuer.uid.byteLength === 8, "a queue's uid has 8 bytes");
  const bytes = Buffer.alloc(HANDLE_BYTES * receipts.length);
  const view = viewOf(bytes);
  for (const [number, receipt] of receipts.entries()) {
    const at = HANDLE_BYTES * number;
    view.setUint8(at, VERSION);
    bytes.set(issuer.uid, at + 1);
    view.setUint8(at + 9, Math.floor(receipt.segmentId / 2 ** 48));
    view.setUint16(at + 10, Math.floor(receipt.segmentId / 2 ** 32) % 2 ** 16);
    view.setUint32(at + 12, receipt.segmentId % 2 ** 32);
    view.setUint32(at + 16, receipt.segmentTag);
    view.setUint16(at + 20, receipt.index);
    view.setUint32(at + 22, receipt.receiptNonce);
    view.setUint16(at + 26, Math.floor(receipt.receivedAtMs / 2 ** 32));
    view.setUint32(at + 28, receipt.receivedAtMs % 2 ** 32);
    sign(view, at, issuer.key, { view, at: at + SIGNED_BYTES });
  }
  const text = bytes.toString("base64");
  return receipts.map((_, number) => textAt(text, number));
}

/** What each of several texts is, in their order. */
export function openReceiptHandles(
  handles: readonly string[],
  issuer: ReceiptIssuer,
): OpenedHandle[] {
  const wellFormed = handles.filter(isWellFormed);
  const bytes = Buffer.from(wellFormed.join(""), "base64");
  const view = viewOf(bytes);
  let at = -HANDLE_BYTES;
  return handles.map((handle) => {
    if (!isWellFormed(handle)) return GARBAGE;
    at += HANDLE_BYTES;
    return opened(view, at, issuer);
  });
}

function opened(view: DataView, at: number, issuer: ReceiptIssuer): OpenedHandle {
  if (view.getUint8(at) !== VERSION) return GARBAGE;
  if (!issuer.uid.every((byte, index) => byte === view.getUint8(at + 1 + index))) return FOREIGN;
  sign(view, at, issuer.key, { view: expected, at: 0 });
  // All words are compared, whichever differs: how long it takes says nothing about the MAC.
  let difference = 0;
  for (let offset = 0; offset < expected.byteLength; offset += 4) {
    difference |= view.getInt32(at + SIGNED_BYTES + offset) ^ expected.getInt32(offset);
  }
  if (difference !== 0) return GARBAGE;
  return { kind: "receipt", receipt: receiptAt(view, at) };
}

/** Where the MAC that a handle should have is put, one at a time. */
const expected = new DataView(new ArrayBuffer(HANDLE_BYTES - SIGNED_BYTES));

function receiptAt(view: DataView, at: number): Receipt {
  return {
    segmentId:
      view.getUint8(at + 9) * 2 ** 48 + view.getUint16(at + 10) * 2 ** 32 + view.getUint32(at + 12),
    segmentTag: view.getUint32(at + 16),
    index: view.getUint16(at + 20),
    receiptNonce: view.getUint32(at + 22),
    receivedAtMs: view.getUint16(at + 26) * 2 ** 32 + view.getUint32(at + 28),
  };
}

function sign(
  view: DataView,
  at: number,
  key: Uint8Array,
  mac: { readonly view: DataView; readonly at: number },
): void {
  sipHash(key, { view, at, byteCount: SIGNED_BYTES }, mac);
}

function isWellFormed(handle: string): boolean {
  return HANDLE_PATTERN.test(handle);
}

function textAt(text: string, number: number): string {
  return text.slice(number * HANDLE_CHARACTERS, (number + 1) * HANDLE_CHARACTERS);
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

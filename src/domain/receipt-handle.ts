/**
 * Receipt handles: opaque to clients, self-describing to us. A handle names the message's place, so
 * that deleting is one hop and no index; and it carries a MAC, so that a string which was never
 * issued (SQS: 404) can be told from one whose message is gone (SQS: 200).
 *
 *   u8 version | 8 bytes of the queue's uid | 7 bytes segment id | u32 segment tag | u16 index |
 *   u32 receipt nonce | 6 bytes received at ms | FIFO: 24 bytes of the group's name | 16 bytes MAC
 *
 * The 48 or 72 bytes are 64 or 96 characters of the standard base64 alphabet without padding. `-`
 * never occurs: AWS's Python extended client splits handles at it. The MAC's key is the queue's own,
 * so another queue's handle cannot pass.
 *
 * Handles are sealed and opened a call's worth at a time: either length is whole groups of base64,
 * so the text of several handles is the text of their bytes in a row.
 */
import { Buffer } from "node:buffer";
import { assert } from "./assert.ts";
import { sipHash } from "./sip-hash.ts";

/** How the handles of a kind of queue are laid out. */
type Form = {
  readonly version: number;
  readonly signedBytes: number;
  readonly pattern: RegExp;
};

const UNGROUPED: Form = { version: 1, signedBytes: 32, pattern: /^[A-Za-z0-9+/]{64}$/ };
const GROUPED: Form = { version: 2, signedBytes: 56, pattern: /^[A-Za-z0-9+/]{96}$/ };
const GROUP_NAME_AT = 32;
const GROUP_NAME_BYTES = 24;
const MAC_BYTES = 16;

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

export type Opened<R> =
  | { readonly kind: "receipt"; readonly receipt: R }
  | { readonly kind: "garbage" }
  | { readonly kind: "foreign" };

export type OpenedHandle = Opened<Receipt>;
/** A FIFO queue's receipt leads to the group whose object is named so. */
export type GroupReceipt = Receipt & { readonly groupName: string };

/** A receipt with the text that it is known by. */
export type HeldReceipt = Receipt & { readonly receiptHandle: string };

const GARBAGE = { kind: "garbage" } as const;
const FOREIGN = { kind: "foreign" } as const;

/** The handles of several receipts of a standard queue, in their order. */
export function sealReceiptHandles(receipts: readonly Receipt[], issuer: ReceiptIssuer): string[] {
  return seal(receipts, issuer, UNGROUPED, () => {});
}

/** The handles of several receipts of one message group; `groupName` is its object's. */
export function sealGroupReceiptHandles(
  receipts: readonly Receipt[],
  groupName: string,
  issuer: ReceiptIssuer,
): string[] {
  const name = Buffer.from(groupName, "hex");
  assert(name.byteLength === GROUP_NAME_BYTES, "a group's name has 24 bytes");
  return seal(receipts, issuer, GROUPED, (bytes, at) => bytes.set(name, at + GROUP_NAME_AT));
}

/** What each of several texts is to a standard queue, in their order. */
export function openReceiptHandles(
  handles: readonly string[],
  issuer: ReceiptIssuer,
): Opened<Receipt>[] {
  return open(handles, issuer, UNGROUPED, receiptAt);
}

/** What each of several texts is to a FIFO queue, in their order. */
export function openGroupReceiptHandles(
  handles: readonly string[],
  issuer: ReceiptIssuer,
): Opened<GroupReceipt>[] {
  return open(handles, issuer, GROUPED, (view, at) => {
    const nameAt = view.byteOffset + at + GROUP_NAME_AT;
    const groupName = Buffer.from(view.buffer, nameAt, GROUP_NAME_BYTES).toString("hex");
    return { ...receiptAt(view, at), groupName };
  });
}

function seal(
  receipts: readonly Receipt[],
  issuer: ReceiptIssuer,
  form: Form,
  writeOrigin: (bytes: Buffer, at: number) => void,
): string[] {
  assert(issuer.uid.byteLength === 8, "a queue's uid has 8 bytes");
  const { version, signedBytes } = form;
  const handleBytes = signedBytes + MAC_BYTES;
  const bytes = Buffer.alloc(handleBytes * receipts.length);
  const view = viewOf(bytes);
  for (const [number, receipt] of receipts.entries()) {
    const at = handleBytes * number;
    view.setUint8(at, version);
    bytes.set(issuer.uid, at + 1);
    writeReceipt(view, at, receipt);
    writeOrigin(bytes, at);
    sipHash(issuer.key, { view, at, byteCount: signedBytes }, { view, at: at + signedBytes });
  }
  const text = bytes.toString("base64");
  const characters = (handleBytes / 3) * 4;
  return receipts.map((_, number) => text.slice(number * characters, (number + 1) * characters));
}

function open<R>(
  handles: readonly string[],
  issuer: ReceiptIssuer,
  form: Form,
  read: (view: DataView, at: number) => R,
): Opened<R>[] {
  const wellFormed = handles.filter((handle) => form.pattern.test(handle));
  const bytes = Buffer.from(wellFormed.join(""), "base64");
  const view = viewOf(bytes);
  const handleBytes = form.signedBytes + MAC_BYTES;
  let at = -handleBytes;
  return handles.map((handle) => {
    if (!form.pattern.test(handle)) return otherKind(handle);
    at += handleBytes;
    const kind = judge(view, at, issuer, form);
    return kind === "receipt" ? { kind, receipt: read(view, at) } : { kind };
  });
}

/** A handle of the other kind of queue is another queue's. */
function otherKind(handle: string): typeof GARBAGE | typeof FOREIGN {
  return UNGROUPED.pattern.test(handle) || GROUPED.pattern.test(handle) ? FOREIGN : GARBAGE;
}

function judge(
  view: DataView,
  at: number,
  issuer: ReceiptIssuer,
  { version, signedBytes }: Form,
): "receipt" | "garbage" | "foreign" {
  if (view.getUint8(at) !== version) return "garbage";
  if (!issuer.uid.every((byte, index) => byte === view.getUint8(at + 1 + index))) return "foreign";
  sipHash(issuer.key, { view, at, byteCount: signedBytes }, { view: expected, at: 0 });
  // All words are compared, whichever differs: how long it takes says nothing about the MAC.
  let difference = 0;
  for (let offset = 0; offset < MAC_BYTES; offset += 4) {
    difference |= view.getInt32(at + signedBytes + offset) ^ expected.getInt32(offset);
  }
  return difference === 0 ? "receipt" : "garbage";
}

/** Where the MAC that a handle should have is put, one at a time. */
const expected = new DataView(new ArrayBuffer(MAC_BYTES));

function writeReceipt(view: DataView, at: number, receipt: Receipt): void {
  view.setUint8(at + 9, Math.floor(receipt.segmentId / 2 ** 48));
  view.setUint16(at + 10, Math.floor(receipt.segmentId / 2 ** 32) % 2 ** 16);
  view.setUint32(at + 12, receipt.segmentId % 2 ** 32);
  view.setUint32(at + 16, receipt.segmentTag);
  view.setUint16(at + 20, receipt.index);
  view.setUint32(at + 22, receipt.receiptNonce);
  view.setUint16(at + 26, Math.floor(receipt.receivedAtMs / 2 ** 32));
  view.setUint32(at + 28, receipt.receivedAtMs % 2 ** 32);
}

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

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

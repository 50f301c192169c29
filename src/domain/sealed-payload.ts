/**
 * SealedPayload: the frame of a payload that only the Worker can open. Everything that a sender gave is
 * within; the frame says which key opens it:
 *
 *   u8 mark | u8 kind of key | u8 length of the key's name | u8 length of the queue's name |
 *   u32 first second of the data key | key's name | queue's name | 12 bytes IV | ciphertext | 16 bytes tag
 *
 * The queue is the one that it was sent to, so that a message still opens in its dead-letter queue and
 * wherever else it is moved. Its account and region are not written down: whoever opens it takes those of
 * the queue that it was found in, which are the same wherever it may be moved. All before the IV is
 * authenticated. A payload begins with a version and a moved one with a mark of its own, neither of which is
 * this mark. What is read here comes from a disk: a malformed frame is a value and no bug.
 */
import { Buffer } from "node:buffer";
import { assert } from "./assert.ts";

export type SealingKeyKind = "root" | "kms";

export type SealedHeader = {
  readonly keyKind: SealingKeyKind;
  /** A root key's name or a KMS key's id; ASCII. */
  readonly keyName: string;
  /** Of the queue that the message was sent to. */
  readonly queueName: string;
  /** When the data key came into use, in seconds since 1970: this is how data keys are told apart. */
  readonly keySinceSeconds: number;
};

export type SealedPayload = SealedHeader & {
  /** What is authenticated beside the ciphertext: a view. */
  readonly headerBytes: Uint8Array;
  /** IV, ciphertext and tag: a view. */
  readonly sealed: Uint8Array;
};

const MARK = 0xe1;
const FIXED_BYTES = 8;
const IV_AND_TAG_BYTES = 28;
const KINDS: readonly SealingKeyKind[] = ["root", "kms"];

export function isSealed(payload: Uint8Array): boolean {
  return payload[0] === MARK;
}

export function packSealedHeader(header: SealedHeader): Uint8Array {
  const { keyKind, keyName, queueName, keySinceSeconds } = header;
  assert(keyName.length <= 255 && queueName.length <= 255, "names fit into a sealed header");
  const packed = Buffer.alloc(FIXED_BYTES + keyName.length + queueName.length);
  packed.writeUInt8(MARK, 0);
  packed.writeUInt8(KINDS.indexOf(keyKind), 1);
  packed.writeUInt8(keyName.length, 2);
  packed.writeUInt8(queueName.length, 3);
  packed.writeUInt32BE(keySinceSeconds, 4);
  packed.write(keyName + queueName, FIXED_BYTES, "latin1");
  return packed;
}

/** Undefined of what is no frame. */
export function readSealed(payload: Uint8Array): SealedPayload | undefined {
  const { buffer, byteOffset, byteLength } = payload;
  if (!isSealed(payload) || byteLength < FIXED_BYTES) return undefined;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const keyKind = KINDS[bytes.readUInt8(1)];
  const nameEnd = FIXED_BYTES + bytes.readUInt8(2);
  const headerEnd = nameEnd + bytes.readUInt8(3);
  if (keyKind === undefined || byteLength < headerEnd + IV_AND_TAG_BYTES) return undefined;
  return {
    keyKind,
    keyName: bytes.toString("latin1", FIXED_BYTES, nameEnd),
    queueName: bytes.toString("latin1", nameEnd, headerEnd),
    keySinceSeconds: bytes.readUInt32BE(4),
    headerBytes: bytes.subarray(0, headerEnd),
    sealed: bytes.subarray(headerEnd),
  };
}

/**
 * The MD5 digests that SQS answers with and clients verify (SQS developer guide, "Calculating the
 * MD5 message digest for message attributes").
 */
import { Buffer } from "node:buffer";
import { createHash, type Hash } from "node:crypto";

/** A stored message attribute; exactly one of the two values is there. */
export type AttributeValue = {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
};

const TEXT = Buffer.from([1]);
const BYTES = Buffer.from([2]);

/** Names are sorted by their bytes; each part is preceded by its length. */
export function md5OfAttributes(attributes: ReadonlyMap<string, AttributeValue>): string {
  const named = [...attributes].map(([name, value]) => ({ name: Buffer.from(name), value }));
  named.sort((a, b) => Buffer.compare(a.name, b.name));
  const hash = createHash("md5");
  for (const { name, value } of named) {
    updateWithLength(hash, name);
    updateWithLength(hash, Buffer.from(value.DataType));
    hash.update(value.BinaryValue === undefined ? TEXT : BYTES);
    updateWithLength(hash, value.BinaryValue ?? Buffer.from(value.StringValue ?? ""));
  }
  return hash.digest("hex");
}

function updateWithLength(hash: Hash, bytes: Uint8Array): void {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  hash.update(length).update(bytes);
}

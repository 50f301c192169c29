/** A message id as the engine takes it. */
import { writeUuid } from "../../src/domain/uuid.ts";

export function uuidBytes(uuid: string): Uint8Array {
  const bytes = new Uint8Array(16);
  writeUuid(new DataView(bytes.buffer), 0, uuid);
  return bytes;
}

/**
 * UUIDs as text and as their 16 bytes: message ids are text on the wire and bytes on disk and on the
 * way there. Texts are our own, so their form is not checked.
 */
const UUID_BYTES = 16;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function writeUuid(view: DataView, at: number, uuid: string): void {
  view.setUint32(at, Number.parseInt(uuid.slice(0, 8), 16));
  view.setUint32(at + 4, Number.parseInt(uuid.slice(9, 13) + uuid.slice(14, 18), 16));
  view.setUint32(at + 8, Number.parseInt(uuid.slice(19, 23) + uuid.slice(24, 28), 16));
  view.setUint32(at + 12, Number.parseInt(uuid.slice(28, 36), 16));
}

export function readUuid(bytes: Uint8Array, at: number): string {
  let hex = "";
  for (let index = at; index < at + UUID_BYTES; index++) hex += HEX[bytes[index] ?? 0];
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${parts.join("-")}-${hex.slice(20)}`;
}

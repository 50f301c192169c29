/**
 * The body of a request, within a bound of memory. 1 MiB of text may arrive escaped: `\u4e2d` takes
 * six bytes for three, and a tab two for one, so the bound is well above SQS's limit, and what
 * exceeds SQS's limit but not the bound gets SQS's own error.
 */
import { Buffer } from "node:buffer";
import type { WireError } from "../protocol/wire-error.ts";

const BODY_BYTES_MAX = 8 * 1024 * 1024;
/**
 * Most clients read an answer only after they have sent their body, and see a broken connection if it
 * is closed before. So a body that is too large is read to its end, or to here, and forgotten.
 */
const DRAINED_BYTES_MAX = 64 * 1024 * 1024;

type Body =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: WireError };

const TOO_LARGE: Body = {
  ok: false,
  error: {
    shape: "RequestEntityTooLargeException",
    message: `The request body is longer than ${BODY_BYTES_MAX} bytes.`,
  },
};

/** Nobody reads it: whoever might have is gone. */
const BROKEN_OFF: Body = {
  ok: false,
  error: { shape: "SerializationException", message: "The request body ended too early." },
};

/** Reading fails only if the client leaves in the middle of its body, which is no bug of ours. */
export async function readBoundedBody(request: Request): Promise<Body> {
  const announced = request.headers.get("content-length");
  try {
    if (announced === null || Number(announced) > BODY_BYTES_MAX) {
      return await readStream(request.body);
    }
    return { ok: true, bytes: new Uint8Array(await request.arrayBuffer()) };
  } catch {
    return BROKEN_OFF;
  }
}

/** The bytes are counted as they come, and kept as long as they may be. */
async function readStream(stream: ReadableStream<Uint8Array> | null): Promise<Body> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream ?? []) {
    bytes += chunk.byteLength;
    if (bytes > DRAINED_BYTES_MAX) return TOO_LARGE;
    if (bytes > BODY_BYTES_MAX) chunks = [];
    else chunks.push(chunk);
  }
  return bytes > BODY_BYTES_MAX ? TOO_LARGE : { ok: true, bytes: Buffer.concat(chunks) };
}

/**
 * ResponseReader: cuts a stream of bytes into HTTP/1.1 responses. Bytes arrive as the network likes:
 * a response in many pieces, or several in one piece. Frames by Content-Length, by chunks, and by
 * status (1xx, 204 and 304 have no body). It knows no sockets.
 *
 * The common case, one piece holding exactly one response, is parsed without copying the body.
 */

export type HttpAnswer = {
  readonly status: number;
  /** Status line and header lines, without the empty line at their end. */
  readonly head: string;
  readonly body: Buffer;
};

type Head = { readonly text: string; readonly status: number; readonly bodyAt: number };

const END_OF_HEAD = "\r\n\r\n";
const HEAD_BYTES_MAX = 65_536;

export class ResponseReader {
  #unread: Buffer = Buffer.alloc(0);

  /** How many bytes wait for the rest of their response. */
  get unreadBytes(): number {
    return this.#unread.byteLength;
  }

  /** Takes one piece and returns the responses that it completes. Throws on what is not HTTP. */
  take(piece: Buffer): HttpAnswer[] {
    this.#unread = this.#unread.byteLength === 0 ? piece : Buffer.concat([this.#unread, piece]);
    const answers: HttpAnswer[] = [];
    for (let answer = this.#next(); answer !== undefined; answer = this.#next()) {
      answers.push(answer);
    }
    return answers;
  }

  #next(): HttpAnswer | undefined {
    const head = readHead(this.#unread);
    if (head === undefined) return undefined;
    const framed = readBody(this.#unread, head);
    if (framed === undefined) return undefined;
    this.#unread = this.#unread.subarray(framed.endAt);
    return { status: head.status, head: head.text, body: framed.body };
  }
}

/** The value of a header of an answer, or undefined. `name` is in lower case. */
export function headerOf(head: string, name: string): string | undefined {
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (colon > 0 && line.slice(0, colon).toLowerCase() === name)
      return line.slice(colon + 1).trim();
  }
  return undefined;
}

function readHead(bytes: Buffer): Head | undefined {
  const endAt = bytes.indexOf(END_OF_HEAD);
  if (endAt < 0) {
    if (bytes.byteLength > HEAD_BYTES_MAX) throw new Error("a response's head never ends");
    return undefined;
  }
  const text = bytes.toString("latin1", 0, endAt);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  if (status === undefined) throw new Error(`not an HTTP response: ${text.slice(0, 80)}`);
  return { text, status: Number(status), bodyAt: endAt + END_OF_HEAD.length };
}

function readBody(bytes: Buffer, head: Head): { body: Buffer; endAt: number } | undefined {
  const length = /\r\ncontent-length:[ \t]*(\d+)/i.exec(head.text)?.[1];
  if (length !== undefined) {
    const endAt = head.bodyAt + Number(length);
    if (bytes.byteLength < endAt) return undefined;
    return { body: bytes.subarray(head.bodyAt, endAt), endAt };
  }
  if (/\r\ntransfer-encoding:[ \t]*chunked/i.test(head.text)) return readChunks(bytes, head.bodyAt);
  if (head.status < 200 || head.status === 204 || head.status === 304) {
    return { body: Buffer.alloc(0), endAt: head.bodyAt };
  }
  throw new Error("a response says neither its length nor that it is chunked");
}

function readChunks(bytes: Buffer, startAt: number): { body: Buffer; endAt: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = startAt; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error("a chunk does not say its size");
    const dataAt = lineEnd + 2;
    const endAt = dataAt + size + 2;
    if (bytes.byteLength < endAt) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks), endAt };
    chunks.push(bytes.subarray(dataAt, endAt - 2));
    at = endAt;
  }
}

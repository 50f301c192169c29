/**
 * What of a request is signed, and its parts as SigV4 wants them. Everything is read as the client sent
 * it: the parsers of the platform mend URLs, and what they mend would no longer be what was signed.
 */
import { percentDecoded } from "./percent-encoding.ts";

export type SignedRequest<Values extends HeaderValues = Headers> = {
  readonly method: string;
  /** With or without scheme and host. */
  readonly url: string;
  readonly headers: Values;
  readonly body: Uint8Array;
  /** What the client sent as Accept-Encoding, where a proxy replaced the header. */
  readonly acceptEncoding?: string;
};

/** A `Headers` is one of these. */
export type HeaderValues = {
  readonly get: (name: string) => string | null;
  readonly has: (name: string) => boolean;
  readonly keys: () => Iterable<string>;
};

/**
 * Headers read at once: asking the platform for them one by one costs more than anything else that is
 * done to read a claim.
 */
export class HeaderCopy implements HeaderValues {
  readonly #values: ReadonlyMap<string, string>;

  constructor(headers: Headers) {
    this.#values = new Map([...headers]);
  }

  get(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  keys(): Iterable<string> {
    return this.#values.keys();
  }
}

/** As the verifier reads it. */
export type ReadableRequest = SignedRequest<HeaderValues>;

/** `rawName` and `rawValue` are still escaped; `name` is not. */
export type QueryParameter = {
  readonly name: string;
  readonly rawName: string;
  readonly rawValue: string;
};

/** Scheme, authority, path, query; a fragment is no part of a request. */
const URL_PARTS = /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/;
const DEFAULT_PORT = /:(?:80|443)$/;

export function pathOf(url: string): string {
  return URL_PARTS.exec(url)?.[2] ?? "";
}

export function queryParametersOf(url: string): QueryParameter[] {
  if (!url.includes("?")) return [];
  const query = URL_PARTS.exec(url)?.[3] ?? "";
  return query.split("&").flatMap((text) => {
    if (text === "") return [];
    const equals = text.indexOf("=");
    const rawName = equals === -1 ? text : text.slice(0, equals);
    const rawValue = equals === -1 ? "" : text.slice(equals + 1);
    return [{ name: percentDecoded(rawName), rawName, rawValue }];
  });
}

/**
 * Undefined if the request has no such header. Headers sent twice come joined with a comma and a space, where
 * signers join them with a comma alone: they match no signature, which is as it should be.
 */
export function headerOf(request: ReadableRequest, name: string): string | undefined {
  const value = request.headers.get(name) ?? undefined;
  switch (name) {
    case "host":
      // Signers leave a default port away, whatever the header says.
      return (value ?? URL_PARTS.exec(request.url)?.[1])?.replace(DEFAULT_PORT, "");
    case "accept-encoding":
      return request.acceptEncoding ?? value;
    case "content-length":
      // Whoever sends a body on in chunks drops the header; the length is still that of the body.
      return value ?? String(request.body.byteLength);
    default:
      return value;
  }
}

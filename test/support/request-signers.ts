/**
 * Signs requests with the libraries that clients sign with, and writes them as they go over the wire:
 * what the verifier gets is never of its own making.
 */
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { AwsV4Signer } from "aws4fetch";
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";
import type { Signable } from "./random-signable.ts";

type Pair = readonly [name: string, value: string];

export async function signedBySmithy(signable: Signable): Promise<SignedRequest> {
  const { accessKeyId, secret, sessionToken, method, scheme, path, body } = signable;
  const signer = new SignatureV4({
    credentials: {
      accessKeyId,
      secretAccessKey: secret,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    region: signable.region,
    service: signable.service,
    sha256: Sha256,
    applyChecksum: signable.body.length % 2 === 0,
  });
  const request = {
    method,
    protocol: `${scheme}:`,
    hostname: signable.host.replace(/:\d+$/, ""),
    path,
    query: Object.fromEntries([...signable.query].map(([name, values]) => [name, [...values]])),
    headers: { host: signable.host, ...Object.fromEntries(signable.headers) },
    body,
  };
  const signingDate = new Date(signable.signedAtMs);
  const signed = signable.isPresigned
    ? await signer.presign(request, { signingDate, expiresIn: 3_600 })
    : await signer.sign(request, { signingDate });
  const pairs = Object.entries(signed.query ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().map((text): Pair => [name, text]),
  );
  return {
    method,
    url: wireUrl(signable, pairs),
    headers: new Headers(signed.headers),
    body: Buffer.from(body),
  };
}

export async function signedByAws4fetch(signable: Signable): Promise<SignedRequest> {
  const { accessKeyId, secret, sessionToken, method, body, host } = signable;
  const pairs = [...signable.query].flatMap(([name, values]) =>
    values.map((text): Pair => [name, text]),
  );
  const signer = new AwsV4Signer({
    method,
    url: wireUrl(signable, pairs),
    headers: new Headers([...signable.headers]),
    body,
    accessKeyId,
    secretAccessKey: secret,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service: signable.service,
    region: signable.region,
    datetime: new Date(signable.signedAtMs).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
    signQuery: signable.isPresigned,
    // Content-Type is among what it leaves unsigned otherwise.
    allHeaders: true,
  });
  const signed = await signer.sign();
  const headers = new Headers(signed.headers);
  headers.set("host", host);
  return { method, url: signed.url.toString(), headers, body: Buffer.from(body) };
}

function wireUrl({ scheme, host, path }: Signable, pairs: readonly Pair[]): string {
  const query = pairs.map((pair) => pair.map(escaped).join("="));
  return `${scheme}://${host}${path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}

/** As SDKs do: what is reserved, too. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What the SDK's signer wants of a hash. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("A hash is used once.");
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

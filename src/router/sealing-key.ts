/**
 * SealingKey: a secret key of the deployment, and the keys that are derived from it by HKDF-SHA-256, one per
 * purpose. A derived key seals with AES-256-GCM under a random IV of 96 bits, which comes first:
 *
 *   12 bytes IV | ciphertext | 16 bytes tag
 *
 * Derived keys are kept per isolate, never exported and never stored. `crypto.subtle` and not
 * `node:crypto`: in workerd a body of 256 bytes took 6 us against 29 us.
 */
import { createHmac, hkdfSync } from "node:crypto";
import type { SealingKeyKind } from "../domain/sealed-payload.ts";

const IV_BYTES = 12;
/** Asked for at once, because asking costs more than the bytes; each is given out once. */
const IVS_AT_ONCE = 256;
const DERIVED_MAX = 10_000;

export type KeyIdentity = {
  readonly kind: SealingKeyKind;
  readonly name: string;
  readonly isEnabled: boolean;
};

export class SealingKey {
  readonly kind: SealingKeyKind;
  readonly name: string;
  readonly isEnabled: boolean;
  readonly #secret: Uint8Array;
  readonly #derived = new Map<string, CryptoKey>();

  constructor({ kind, name, isEnabled }: KeyIdentity, secret: Uint8Array) {
    this.kind = kind;
    this.name = name;
    this.isEnabled = isEnabled;
    this.#secret = secret;
  }

  /** `boundTo` is authenticated beside what is sealed, and not contained. */
  async seal(purpose: string, plain: Uint8Array, boundTo: Uint8Array): Promise<Uint8Array> {
    const key = this.#known(purpose) ?? (await this.#derive(purpose));
    const iv = nextIv();
    const terms = { name: "AES-GCM", iv, additionalData: boundTo };
    const encrypted = new Uint8Array(await crypto.subtle.encrypt(terms, key, plain));
    const sealed = new Uint8Array(IV_BYTES + encrypted.byteLength);
    sealed.set(iv);
    sealed.set(encrypted, IV_BYTES);
    return sealed;
  }

  /** Undefined of what was not sealed by this key, for this purpose and bound to this, or was altered. */
  async open(
    purpose: string,
    sealed: Uint8Array,
    boundTo: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const key = this.#known(purpose) ?? (await this.#derive(purpose));
    const iv = sealed.subarray(0, IV_BYTES);
    const terms = { name: "AES-GCM", iv, additionalData: boundTo };
    try {
      return new Uint8Array(await crypto.subtle.decrypt(terms, key, sealed.subarray(IV_BYTES)));
    } catch {
      return undefined;
    }
  }

  /** HMAC-SHA-256 in hexadecimal. */
  mac(purpose: string, text: string): string {
    return createHmac("sha256", this.#bytesFor(purpose)).update(text).digest("hex");
  }

  #known(purpose: string): CryptoKey | undefined {
    return this.#derived.get(purpose);
  }

  /** Of two that derive the same one at a time, either serves. */
  async #derive(purpose: string): Promise<CryptoKey> {
    const usages = ["encrypt", "decrypt"];
    const bytes = this.#bytesFor(purpose);
    const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, usages);
    if (this.#derived.size >= DERIVED_MAX) this.#derived.clear();
    this.#derived.set(purpose, key);
    return key;
  }

  #bytesFor(purpose: string): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.#secret, "", `millrace/1/${purpose}`, 32));
  }
}

let ivs = new Uint8Array(0);
let ivAt = 0;

function nextIv(): Uint8Array {
  if (ivAt >= ivs.byteLength) {
    ivs = crypto.getRandomValues(new Uint8Array(IV_BYTES * IVS_AT_ONCE));
    ivAt = 0;
  }
  ivAt += IV_BYTES;
  return ivs.subarray(ivAt - IV_BYTES, ivAt);
}

/**
 * The signing keys of late: they save deriving a key per request. Kept for one day of signatures and
 * forgotten when the next begins, bounded, and derived anew when a key id has another secret. Deriving is
 * cheap, so what is not kept (URLs presigned on a day before) is derived per request.
 */
import type { Scope } from "./canonical-request.ts";
import { type SigningKey, signingKey } from "./signature.ts";

const KEYS_MAX = 1_000;

type KeptKey = { readonly secret: string; readonly key: SigningKey };

export class SigningKeys {
  /** The latest day asked for. */
  #day = "";
  /** What was not used for longest comes first. A Map: key ids may have names such as `__proto__`. */
  readonly #keys = new Map<string, KeptKey>();

  get size(): number {
    return this.#keys.size;
  }

  async keyFor(
    secret: string,
    scope: Scope & { readonly accessKeyId: string },
  ): Promise<SigningKey> {
    if (scope.day > this.#day) {
      this.#day = scope.day;
      this.#keys.clear();
    }
    if (scope.day < this.#day) return signingKey(secret, scope);
    const name = `${scope.accessKeyId}/${scope.region}/${scope.service}`;
    const kept = this.#keys.get(name);
    const key = kept?.secret === secret ? kept.key : await signingKey(secret, scope);
    this.#keys.delete(name);
    this.#keys.set(name, { secret, key });
    if (this.#keys.size > KEYS_MAX) this.#forgetOldest();
    return key;
  }

  #forgetOldest(): void {
    for (const name of this.#keys.keys()) {
      this.#keys.delete(name);
      return;
    }
  }
}

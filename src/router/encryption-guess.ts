/**
 * EncryptionGuess: under which terms this isolate takes a queue to be encrypted. It acts on the guess
 * and says so; the queue's object takes nothing that was done under other terms than its own, and tells
 * those. So no request asks for terms before it acts, and no change of them takes time to be heeded.
 * A queue of which nothing is known is taken to be as most are: encrypted with the root keys.
 */
import { type EncryptionTerms, encryptionLabel, MANAGED } from "../domain/encryption-terms.ts";
import { type QueueIdentity, queueKey } from "../domain/queue-name.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { QueueTarget } from "./exchange.ts";
import type { Keyring } from "./keyring.ts";
import { type Sealing, sealingOf } from "./message-seal.ts";

const KNOWN_MAX = 10_000;
const known = new Map<string, EncryptionTerms>();

/** Terms that turn out to be others are tried again; whoever changes them faster is told to. */
const ATTEMPTS_MAX = 3;

/**
 * Acts on a queue under its terms. `act` gets what seals, and the label of the terms to show to the
 * object. A key that cannot be used is no reason to refuse before the object has confirmed that it is the queue's.
 */
export async function underTerms<Answer>(
  { queue, identity }: QueueTarget,
  keyring: Keyring,
  act: (sealing: Sealing | undefined, label: string) => Promise<Answer>,
  refusalOf: (answer: Answer) => Refusal | null,
): Promise<Result<Answer>> {
  let terms = known.get(queueKey(identity)) ?? MANAGED;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const sealing = sealingOf(terms, keyring);
    if (!sealing.ok) {
      const own = await queue.encryptionTerms();
      if (!own.ok) return own;
      if (encryptionLabel(own.value) === encryptionLabel(terms)) return sealing;
      terms = own.value;
    } else {
      const answer = await act(sealing.value, encryptionLabel(terms));
      const refusal = refusalOf(answer);
      if (refusal?.kind !== "encryption-differs") return accepted(answer);
      terms = refusal.terms;
    }
    remember(identity, terms);
  }
  return refused({ kind: "encryption-differs", terms });
}

function remember(identity: QueueIdentity, terms: EncryptionTerms): void {
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(queueKey(identity), terms);
}

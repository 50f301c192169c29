/**
 * The producers of the FIFO crash test. They send as SDKs do: what was not answered is sent again,
 * with the same deduplication id and body, until it is. Now and then one sends again what was
 * answered long ago, as a program does that was restarted. Consumers are those of workload.ts.
 *
 * Producers share the message groups, so that the order of a group is made by several connections.
 */
import type { SeededRandom } from "../support/seeded-random.ts";
import { type QueueUnderTest, Recorder, type Sent } from "./recorder.ts";
import type { Switch } from "./workload.ts";

export type DeduplicationScope = "queue" | "messageGroup";

const GROUP_COUNT = 40;
const NEW_GROUPS = 0.2;
const BATCH_SIZE_MAX = 10;
/** All attempts of one id are within its deduplication window of five minutes, by far. */
const ANSWERED_KEPT = 100;
const ANSWERED_WITHIN_MS = 60_000;
const RECONNECT_PAUSE_MS = 20;

export async function runProducer(
  terms: { readonly name: string; readonly scope: DeduplicationScope },
  queue: QueueUnderTest,
  random: SeededRandom,
  power: Switch,
  pauseMs = 0,
): Promise<void> {
  const recorder = new Recorder(queue);
  const drafts = new Drafts(terms, random);
  const answered: Sent[] = [];
  while (power.isOn) {
    const again = random.isLikely(0.1) ? answered[random.between(0, ANSWERED_KEPT - 1)] : undefined;
    if (again !== undefined) {
      await sendUntilAnswered(recorder, [again]);
      continue;
    }
    const batch = drafts.draw();
    await sendUntilAnswered(recorder, batch);
    answered.push(...batch);
    answered.splice(0, answered.length - ANSWERED_KEPT);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  recorder.close();
}

/** Messages that were never sent before. */
class Drafts {
  readonly #name: string;
  readonly #scope: DeduplicationScope;
  readonly #random: SeededRandom;
  readonly #counts = new Map<string, number>();
  #newGroupCount = 0;

  constructor(
    { name, scope }: { readonly name: string; readonly scope: DeduplicationScope },
    random: SeededRandom,
  ) {
    this.#name = name;
    this.#scope = scope;
    this.#random = random;
  }

  /** One message, or a batch for one group or for several. */
  draw(): [Sent, ...Sent[]] {
    const size = this.#random.isLikely(0.4) ? this.#random.between(2, BATCH_SIZE_MAX) : 1;
    const isOfOneGroup = this.#random.isLikely(0.5);
    const messageGroupId = this.#drawGroup();
    const others = Array.from({ length: size - 1 }, () =>
      this.#drawMessage(isOfOneGroup ? messageGroupId : this.#drawGroup()),
    );
    return [this.#drawMessage(messageGroupId), ...others];
  }

  /** Where each group has its own ids, the same ones are used in all groups. */
  #drawMessage(messageGroupId: string): Sent {
    const count = this.#counts.get(messageGroupId) ?? 0;
    this.#counts.set(messageGroupId, count + 1);
    const uid = `${this.#name}-${messageGroupId}-${count}`;
    const deduplicationId = this.#scope === "queue" ? uid : `${this.#name}-${count}`;
    return { uid, delaySeconds: 0, fifo: { messageGroupId, deduplicationId } };
  }

  /** Now and then a new one, which nobody knows before its first message. */
  #drawGroup(): string {
    if (this.#random.isLikely(NEW_GROUPS)) return `${this.#name}-new${this.#newGroupCount++}`;
    return `g${this.#random.between(1, GROUP_COUNT)}`;
  }
}

async function sendUntilAnswered(recorder: Recorder, messages: [Sent, ...Sent[]]): Promise<void> {
  const deadlineMs = performance.now() + ANSWERED_WITHIN_MS;
  for (let [first, ...others]: Sent[] = messages; first !== undefined; ) {
    [first, ...others] = await recorder.send([first, ...others]);
    if (first === undefined) return;
    if (performance.now() > deadlineMs) throw new Error(`${first.uid} is never acknowledged`);
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_PAUSE_MS));
  }
}

/**
 * TransferChaosRun: clients use queues that dead-letter to each other, and move tasks, while calls fail,
 * objects die and clocks are apart, all from one seed. Then failures stop. Returns what cannot be
 * explained, with the seed.
 */
import { SeededRandom } from "../support/seeded-random.ts";
import { type Faults, faultsByChance } from "./fifo-faults.ts";
import type { Mutation } from "./fifo-platform.ts";
import { arnOf, identityOf, type Shown } from "./transfer-deployment.ts";
import { MovedOrder } from "./transfer-order.ts";
import type { Kind } from "./transfer-stage.ts";
import { GROUPS, redrivePolicyTo, TransferTrial } from "./transfer-trial.ts";

type Held = { readonly queueName: string; readonly shown: Shown; readonly lapsesAtMs: number };
type Seen = { readonly rank: number; readonly endMs: number };

const STEPS = 60;
/** The first two dead-letter to the third, that to the fourth; the last is a destination. */
const LETTERS = ["a", "b", "d", "e", "c"] as const;
const [, , DEAD_LETTERS, , DESTINATION] = LETTERS;
const CLOCKS_APART_MS = 5_000;
/** Before the last alarm has gone off. */
const MUCH_LATER_MS = 40_000;

export class TransferChaosRun {
  readonly trial: TransferTrial;
  readonly #seed: number;
  readonly #kind: Kind;
  readonly #random: SeededRandom;
  readonly #deathRate: number;
  readonly #hasTasks: boolean;
  readonly #hasPurges: boolean;
  readonly #held: Held[] = [];
  readonly #seen = new Map<string, Seen>();
  /** When messages were deleted that nothing can have moved: they are nowhere. */
  readonly #deletedAtMs = new Map<string, number>();
  /** How many calls may have deleted a message. */
  readonly #deletions = new Map<string, number>();
  /** Nobody knows how long these are held. */
  readonly #changed = new Set<string>();
  readonly #order = new MovedOrder();
  readonly #flaws: string[] = [];
  #nextTask = 1;

  constructor(seed: number, kind: Kind, mutation?: Mutation) {
    this.#seed = seed;
    this.#kind = kind;
    this.#random = new SeededRandom(seed);
    this.trial = new TransferTrial(mutation);
    this.#deathRate = this.#random.pick([0, 0.005, 0.03]);
    this.#hasTasks = this.#random.isLikely(0.6);
    this.#hasPurges = this.#random.isLikely(0.2);
  }

  async flaws(): Promise<string[]> {
    await this.#open();
    this.#beginFailures();
    for (let step = 0; step < STEPS; step++) {
      this.#begin();
      await this.trial.pass(this.#random.pick([0, 5, 50, 500, this.#random.between(0, 9_000)]));
    }
    // What moved by a task has another id, and what came back another place.
    this.trial.outcome.isMixed = true;
    // A purge takes a while, and messages come and go in the meantime: some may have been there.
    if (this.#hasPurges) {
      for (const { body } of this.trial.sent) this.trial.outcome.mayBeGone.add(body);
    }
    await this.trial.drain();
    for (const { queueName, shown } of this.trial.outcome.found) {
      this.#noteOrder(queueName, shown);
      this.#checkDeleted(queueName, shown, this.#nowMs);
    }
    return [...this.#flaws, ...this.#order.flaws(), ...this.trial.flaws()].map((flaw) => {
      return `seed ${this.#seed}, ${this.#kind}: ${flaw}`;
    });
  }

  get #nowMs(): number {
    return this.trial.nowMs;
  }

  #queue(letter: string): string {
    return this.#kind === "standard" ? letter : `${letter}.fifo`;
  }

  async #open(): Promise<void> {
    const scope = this.#kind === "standard" ? {} : { deduplicationScope: this.#kind };
    for (const letter of LETTERS) await this.trial.open(this.#queue(letter), scope);
    for (const [letter, to] of [
      ["a", "d"],
      ["b", "d"],
      ["d", "e"],
    ] as const) {
      const redrivePolicy = redrivePolicyTo(this.#queue(to));
      await this.trial.ended(this.trial.deployment.set(this.#queue(letter), { redrivePolicy }));
    }
  }

  #beginFailures(): void {
    const { platform } = this.trial;
    platform.scheduler.random = this.#random;
    const byChance = faultsByChance(this.#random);
    platform.faults = { ...byChance, ofCall: (caller) => callFault(byChance, caller) };
    platform.scheduler.between = () => {
      if (this.#random.isLikely(this.#deathRate)) this.#oneDies();
    };
  }

  #begin(): void {
    const draw = this.#random.next();
    if (draw < 0.2) this.#do(this.trial.sendOnce(this.#anyQueue(), this.#random.pick(GROUPS)));
    else if (draw < 0.55) this.#receive();
    else if (draw < 0.65) this.#delete();
    else if (draw < 0.72) this.#change();
    else if (draw < 0.79) this.#disturb();
    else if (draw < 0.84) this.#do(this.trial.deployment.counts(this.#anyQueue()));
    else if (draw < 0.92) this.#moveOrCancel();
    else if (draw < 0.95 && this.#hasPurges)
      this.#do(this.trial.deployment.purge(this.#anyQueue()));
    else if (draw < 0.98) for (const object of this.trial.platform.objects) object.evict();
    else if (this.#deathRate > 0) this.#oneDies();
  }

  #anyQueue(): string {
    return this.#queue(this.#random.pick(LETTERS));
  }

  #do(call: Promise<unknown>): void {
    call.catch(() => undefined);
  }

  #receive(): void {
    const letter = this.#random.pick(LETTERS);
    const queueName = this.#queue(letter);
    const seconds = this.#random.pick([0, 1, 3, 40]);
    const startMs = this.#nowMs;
    const received = this.trial.deployment.receive(queueName, this.#random.between(1, 10), seconds);
    const keep = (messages: readonly Shown[]) => {
      for (const shown of messages) {
        this.#noteOrder(queueName, shown);
        this.#checkDeleted(queueName, shown, startMs);
        this.#checkRank(shown.body, LETTERS.indexOf(letter), startMs);
        this.#held.push({ queueName, shown, lapsesAtMs: startMs + seconds * 1000 });
      }
    };
    this.#do(received.then(keep));
  }

  #delete(): void {
    const held = this.#held.at(-this.#random.between(1, 8));
    if (held === undefined) return;
    const { queueName, shown, lapsesAtMs } = held;
    this.#mayDelete(shown.body);
    const deleted = this.trial.deployment.use(queueName, { handle: shown.receiptHandle });
    const note = (isDeleted: boolean) => {
      if (!isDeleted) return this.#hasNotDeleted(shown.body);
      // It may be on its way, or elsewhere already: then it is gone from this queue alone.
      this.trial.deletions.answered(queueName, shown, this.#nowMs);
      const isHeld = this.#nowMs + CLOCKS_APART_MS < lapsesAtMs;
      const isInTime = isHeld && !this.#changed.has(shown.body);
      if (isInTime) this.#deletedAtMs.set(shown.body, this.#nowMs);
    };
    this.#do(deleted.then(note));
  }

  /** Some call may delete it; of one that fails nobody knows. */
  #mayDelete(body: string): void {
    this.#deletions.set(body, (this.#deletions.get(body) ?? 0) + 1);
    this.trial.outcome.mayBeGone.add(body);
  }

  #hasNotDeleted(body: string): void {
    const left = (this.#deletions.get(body) ?? 0) - 1;
    this.#deletions.set(body, left);
    if (left === 0) this.trial.outcome.mayBeGone.delete(body);
  }

  #change(): void {
    const held = this.#held.at(-this.#random.between(1, 8));
    if (held === undefined) return;
    this.#changed.add(held.shown.body);
    const handle = held.shown.receiptHandle;
    const visibilityTimeoutSeconds = this.#random.pick([0, 1, 5]);
    const { deployment } = this.trial;
    this.#do(deployment.use(held.queueName, { handle, visibilityTimeoutSeconds }));
  }

  /** Other policies, for a while. */
  #disturb(): void {
    const redrivePermission = this.#random.pick(["denyAll", "allowAll", "allowAll"]);
    const redriveAllowPolicy = JSON.stringify({ redrivePermission });
    const redrivePolicy = this.#random.pick([null, redrivePolicyTo(this.#queue(DEAD_LETTERS))]);
    const { deployment } = this.trial;
    if (this.#random.isLikely(0.5)) {
      this.#do(deployment.set(this.#queue(DEAD_LETTERS), { redriveAllowPolicy }));
    } else this.#do(deployment.set(this.#queue("a"), { redrivePolicy }));
  }

  #moveOrCancel(): void {
    if (!this.#hasTasks) return;
    const { deployment } = this.trial;
    const from = this.#queue(DEAD_LETTERS);
    if (this.#random.isLikely(0.3)) {
      this.#do(deployment.cancelTask(from, `task-${this.#nextTask - 1}`));
      return;
    }
    const destination = this.#random.pick([undefined, identityOf(this.#queue(DESTINATION))]);
    const maxMessagesPerSecond = this.#random.pick([undefined, 1]);
    const taskId = `task-${this.#nextTask++}`;
    const order = { taskId, destination, maxMessagesPerSecond, returnsTo: undefined };
    this.#do(deployment.startTask(from, order));
  }

  #oneDies(): void {
    const alive = this.trial.platform.objects.filter(({ isRunning }) => isRunning);
    const object = alive[this.#random.between(0, alive.length - 1)];
    object?.die(this.#random.isLikely(0.5));
  }

  #noteOrder(queueName: string, shown: Shown): void {
    const sent = this.trial.sent.find(({ body }) => body === shown.body);
    if (this.#kind === "standard" || sent === undefined) return;
    this.#order.seen(arnOf(queueName), sent.messageGroupId, shown);
  }

  #checkDeleted(queueName: string, shown: Shown, startMs: number): void {
    const { body } = shown;
    this.#flaws.push(...this.trial.deletions.flaws(queueName, [shown], startMs));
    const deletedAtMs = this.#deletedAtMs.get(body);
    if (deletedAtMs === undefined || startMs <= deletedAtMs) return;
    this.#flaws.push(`${body} came after it was deleted`);
  }

  /** Without move tasks nothing comes from a queue after it has come from the dead-letter queue. */
  #checkRank(body: string, rank: number, startMs: number): void {
    if (this.#hasTasks) return;
    const seen = this.#seen.get(body);
    if (seen !== undefined && seen.endMs < startMs && rank < seen.rank) {
      this.#flaws.push(`${body} has come back from the dead-letter queue`);
    }
    if (seen === undefined || seen.rank < rank) this.#seen.set(body, { rank, endMs: this.#nowMs });
  }
}

/** What a client sends to a standard queue, and is executed twice, is two messages. */
function callFault(faults: Faults, caller: "worker" | "object" | undefined) {
  const fault = faults.ofCall(caller);
  if (fault.kind !== "twice") return fault;
  if (caller === "worker") return { ...fault, kind: "none" } as const;
  return { ...fault, againMs: fault.againMs === 7 ? MUCH_LATER_MS : fault.againMs };
}

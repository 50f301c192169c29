/**
 * FifoChaosRun: clients use a simulated FIFO queue while calls fail, objects die and clocks are apart,
 * all from one seed. Then failures stop. Returns what cannot be explained, with the seed.
 */
import { SeededRandom } from "../support/seeded-random.ts";
import type { Held } from "./fifo-clients.ts";
import { delaysByChance, faultsByChance } from "./fifo-faults.ts";
import type { Mutation } from "./fifo-platform.ts";
import { FifoTrial, type Scope } from "./fifo-trial.ts";

export type ChaosPlan = {
  readonly seed: number;
  readonly scope: Scope;
  readonly mutation?: Mutation;
  /** How likely it is that the queue has many groups. */
  readonly manyGroups?: number;
};

const STEPS = 60;
const MANY_GROUPS_RATE = 0.03;
/** A queue of so many writes down how they stand when it rests. */
const MANY_GROUPS = 70;
const STEPS_AFTER_DELETION = 10;
const POLL_SECONDS = 20;
const LONG_SECONDS = 40_000;
const WINDOW_IS_OVER_MS = 330_000;

export class FifoChaosRun {
  readonly trial: FifoTrial;
  readonly #plan: ChaosPlan;
  readonly #random: SeededRandom;
  readonly #deathRate: number;
  readonly #purgeRate: number;
  #nextId = 1;

  constructor(plan: ChaosPlan) {
    this.#plan = plan;
    this.#random = new SeededRandom(plan.seed);
    this.trial = new FifoTrial(plan.scope, plan.mutation);
    this.#deathRate = this.#random.pick([0, 0.005, 0.03]);
    this.#purgeRate = this.#random.pick([0, 0, 0.02]);
  }

  async flaws(): Promise<string[]> {
    await this.trial.ended(this.#deployment.createQueue());
    if (this.#random.isLikely(this.#plan.manyGroups ?? MANY_GROUPS_RATE))
      await this.#useManyGroups();
    this.#beginFailures();
    await this.#steps(STEPS);
    if (this.#random.isLikely(0.2)) await this.#deletion();
    else await this.trial.drain();
    return this.trial
      .flaws()
      .map((flaw) => `seed ${this.#plan.seed}, scope ${this.#plan.scope}: ${flaw}`);
  }

  get #deployment() {
    return this.trial.deployment;
  }

  /** Some of them are blocked for long by what is in flight. */
  async #useManyGroups(): Promise<void> {
    const { clients } = this.trial;
    for (let number = 0; number < MANY_GROUPS; number++) {
      await this.trial.ended(clients.send(`group-${number}`, [`many-${number}`]));
    }
    const received = this.#random.between(0, MANY_GROUPS);
    for (let count = 0; count < received; count += 10) {
      await this.trial.ended(clients.receive(10, LONG_SECONDS));
    }
  }

  #beginFailures(): void {
    const { platform } = this.#deployment;
    platform.scheduler.random = this.#random;
    platform.faults = this.#random.isLikely(0.8)
      ? faultsByChance(this.#random)
      : delaysByChance(this.#random);
    platform.scheduler.between = () => {
      if (this.#random.isLikely(this.#deathRate)) this.#oneDies();
    };
    this.#deployment.termsUsableMs = this.#random.pick([0, 5_000, 30_000]);
  }

  async #steps(count: number): Promise<void> {
    for (let step = 0; step < count; step++) {
      this.#begin();
      await this.#passTime();
    }
  }

  #begin(): void {
    const { clients } = this.trial;
    const random = this.#random;
    const draw = random.next();
    if (draw < this.#purgeRate) void clients.purge();
    else if (draw < 0.3) this.#send();
    else if (draw < 0.5) void clients.receive(random.between(1, 10), random.between(1, 12));
    else if (draw < 0.56) this.#attempt();
    else if (draw < 0.62) this.#poll();
    else if (draw < 0.8) this.#withHandle((held) => clients.delete(held));
    else if (draw < 0.88) {
      const seconds = random.pick([0, 0, 1, 5, LONG_SECONDS]);
      this.#withHandle((held) => clients.change(held, seconds));
    } else this.#disturb(draw);
  }

  #disturb(draw: number): void {
    const { clients, deployment } = this.trial;
    if (draw < 0.91) void clients.other(deployment.counts());
    else if (draw < 0.93) {
      const delaySeconds = this.#random.pick([0, 1, 3]);
      void clients.other(deployment.setAttributes({ delaySeconds }));
    } else if (draw < 0.96) for (const object of deployment.platform.objects) object.evict();
    else if (this.#deathRate > 0) this.#oneDies();
  }

  #send(): void {
    const group = `group-${this.#random.between(0, 2)}`;
    const ids = Array.from({ length: this.#random.between(1, 3) }, () => {
      // Mostly a new one, else one that was sent before, and perhaps was not answered.
      const isNew = this.#random.isLikely(0.7);
      return isNew ? this.#nextId++ : this.#random.between(1, this.#nextId);
    });
    const deduplicationIds = [...new Set(ids)].map((id) => `id-${id}`);
    void this.trial.clients.send(group, deduplicationIds);
  }

  #attempt(): void {
    const attemptId = `attempt-${this.#random.between(1, 3)}`;
    void this.trial.clients.receive(10, this.#random.between(1, 12), attemptId);
  }

  #poll(): void {
    const leavesAtMs = this.trial.nowMs + this.#random.between(0, 30_000);
    const isClientThere = () => this.trial.nowMs < leavesAtMs;
    void this.trial.clients.poll(10, this.#random.between(1, 12), POLL_SECONDS, isClientThere);
  }

  #withHandle(use: (held: Held) => Promise<void>): void {
    const held = this.trial.clients.held.at(-this.#random.between(1, 6));
    if (held !== undefined) void use(held);
  }

  #oneDies(): void {
    const alive = this.#deployment.platform.objects.filter(({ isRunning }) => isRunning);
    const object = alive[this.#random.between(0, alive.length - 1)];
    object?.die(this.#random.isLikely(0.5));
  }

  async #passTime(): Promise<void> {
    const ms = this.#random.pick([
      0,
      this.#random.between(0, 20),
      this.#random.between(0, 100),
      this.#random.between(0, 2_000),
      this.#random.between(0, 15_000),
    ]);
    await this.trial.pass(this.#random.isLikely(0.01) ? WINDOW_IS_OVER_MS : ms);
  }

  /** The queue is deleted while things fail. */
  async #deletion(): Promise<void> {
    const { nowMs, history } = this.trial;
    // What is stored from here on is stored anew, or not at all.
    history.purges.push({ startMs: nowMs, endMs: Number.POSITIVE_INFINITY, isKnown: false });
    void this.trial.clients.other(this.#deployment.deleteQueue());
    await this.#steps(STEPS_AFTER_DELETION);
    await this.trial.end();
  }
}

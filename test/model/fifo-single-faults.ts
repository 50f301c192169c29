/**
 * A small scenario of a FIFO queue, and everything that can go wrong in it, enumerated: each call fails
 * in each way, and each object dies after each event, with and without what it wrote last.
 */
import { LATE_CALL_MS, type PlannedFault, PlannedFaults } from "./fifo-faults.ts";
import type { Mutation } from "./fifo-platform.ts";
import { FifoTrial, type Scope } from "./fifo-trial.ts";

export type PlannedDeath = {
  /** After so many events. */
  readonly event: number;
  readonly victim: "queue" | "group";
  readonly isWrittenKept: boolean;
};

export type Mishap = { readonly fault: PlannedFault } | { readonly death: PlannedDeath };

export type Extent = { readonly calls: number; readonly events: number };

const TIMEOUT_SECONDS = 5;
const LONG_SECONDS = 43_200;
const TRIES = 3;
const BETWEEN_TRIES_MS = 1_000;

/** Two messages of one group and two receivers; what is not sent or received for sure is retried. */
export class SmallScenario {
  readonly #trial: FifoTrial;
  readonly #faults: PlannedFaults;
  readonly #hasPurge: boolean;

  constructor(
    { scope, hasPurge }: { readonly scope: Scope; readonly hasPurge: boolean },
    mishaps: readonly Mishap[],
    mutation?: Mutation,
  ) {
    this.#trial = new FifoTrial(scope, mutation);
    this.#hasPurge = hasPurge;
    const faults = mishaps.flatMap((mishap) => ("fault" in mishap ? [mishap.fault] : []));
    const deaths = mishaps.flatMap((mishap) => ("death" in mishap ? [mishap.death] : []));
    this.#faults = new PlannedFaults(faults);
    // A send that is executed again after a purge is stored again.
    this.#trial.history.arePurgesStrict = faults.every(({ kind }) => kind !== "twice");
    const { platform } = this.#trial.deployment;
    platform.scheduler.between = (event) => {
      for (const death of deaths) if (death.event === event) this.#dies(death);
    };
  }

  /** How many calls and events there are; what cannot be explained. */
  async run(): Promise<Extent & { readonly flaws: string[] }> {
    const { deployment } = this.#trial;
    await this.#trial.ended(deployment.createQueue());
    deployment.platform.faults = this.#faults;
    await this.#act();
    const { callCount: calls } = this.#faults;
    const events = deployment.platform.scheduler.eventCount;
    await this.#trial.drain();
    return { calls, events, flaws: this.#trial.flaws() };
  }

  async #act(): Promise<void> {
    await this.#send("id-1");
    await this.#send("id-2");
    if (this.#hasPurge) await this.#purge();
    await this.#receiveAndDelete(2);
    await this.#trial.pass(TIMEOUT_SECONDS * 1000 + 10);
    await this.#receiveAndDelete(1);
    await this.#trial.pass(10);
  }

  /** What was on its way meanwhile has arrived before anything else is sent. */
  async #purge(): Promise<void> {
    await this.#trial.pass(1);
    await this.#trial.ended(this.#trial.clients.purge());
    await this.#trial.pass(2 * LATE_CALL_MS);
    await this.#receiveAndDelete(2);
    await this.#send("id-3");
    await this.#send("id-4");
  }

  /** With the same deduplication id until it is answered. */
  async #send(deduplicationId: string): Promise<void> {
    const { clients, history } = this.#trial;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      await this.#trial.ended(clients.send("group", [deduplicationId]));
      if (history.sends.at(-1)?.answer !== undefined) return;
      await this.#trial.pass(BETWEEN_TRIES_MS);
    }
  }

  /** Receivers of one message each, at the same time; each deletes what it has got. */
  async #receiveAndDelete(receiverCount: number): Promise<void> {
    const { clients } = this.#trial;
    const heldBefore = clients.held.length;
    const receives = Array.from({ length: receiverCount }, () => {
      return clients.receive(1, TIMEOUT_SECONDS);
    });
    for (const receive of receives) await this.#trial.ended(receive);
    const deletes = clients.held.slice(heldBefore).map((held) => clients.delete(held));
    for (const deletion of deletes) await this.#trial.ended(deletion);
  }

  #dies({ victim, isWrittenKept }: PlannedDeath): void {
    const { queue, groups } = this.#trial.deployment;
    for (const object of victim === "queue" ? [queue] : groups) object.die(isWrittenKept);
  }
}

/**
 * A message is made visible long before its timeout lapses, while somebody counts: the group's news of
 * it, and the answers to the queue's own calls, are lost in every combination.
 */
export async function lostNewsFlaws(scope: Scope): Promise<string[]> {
  const { calls } = await withLostNews(scope, []);
  const faults = Array.from({ length: calls }, (_, call) => call).flatMap((call) => {
    return (["before", "after", "late"] as const).map((kind) => ({ call, kind }));
  });
  const found: string[] = [];
  for (const one of faults) {
    for (const other of faults) {
      const { flaws } = await withLostNews(scope, [one, other]);
      found.push(...flaws.map((flaw) => `${JSON.stringify([one, other])}: ${flaw}`));
    }
  }
  return found;
}

async function withLostNews(scope: Scope, faults: readonly PlannedFault[]) {
  const trial = new FifoTrial(scope);
  const { clients, deployment } = trial;
  await trial.ended(deployment.createQueue());
  await trial.ended(clients.send("group", ["id-1"]));
  await trial.ended(clients.receive(1, LONG_SECONDS));
  const planned = new PlannedFaults(faults);
  deployment.platform.faults = planned;
  for (const held of [...clients.held]) await trial.ended(clients.change(held, 0));
  await trial.ended(clients.other(deployment.counts()));
  await trial.pass(10);
  const calls = planned.callCount;
  await trial.drain();
  return { calls, flaws: trial.flaws() };
}

/** Every single thing that can go wrong in a scenario of this extent. */
export function mishapsIn({ calls, events }: Extent): Mishap[] {
  const mishaps: Mishap[] = [];
  for (let call = 0; call < calls; call++) {
    for (const kind of ["before", "after", "twice", "late"] as const) {
      mishaps.push({ fault: { call, kind } });
    }
  }
  for (let event = 1; event <= events; event++) {
    for (const victim of ["queue", "group"] as const) {
      for (const isWrittenKept of [true, false]) {
        mishaps.push({ death: { event, victim, isWrittenKept } });
      }
    }
  }
  return mishaps;
}

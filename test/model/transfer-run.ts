/**
 * TransferRun: one scenario of messages that move between queues, with the mishaps that are planned for
 * it. Says what could have failed, and what cannot be explained.
 */
import type { Mutation } from "./fifo-platform.ts";
import { type Extent, type Mishap, MishapFaults } from "./transfer-mishaps.ts";
import { type Kind, type Scenario, Stage } from "./transfer-stage.ts";

export type TransferPlan = {
  readonly scenario: Scenario;
  readonly kind: Kind;
  readonly mishaps: readonly Mishap[];
  /** After which event what intervenes does so; 0: before the first. */
  readonly interveneAfter: number;
  readonly mutation?: Mutation;
};

export class TransferRun {
  readonly stage: Stage;
  readonly #plan: TransferPlan;
  readonly #faults: MishapFaults;

  constructor(plan: TransferPlan) {
    this.#plan = plan;
    this.stage = new Stage(plan.kind, plan.mishaps.length, plan.mutation);
    this.#faults = new MishapFaults(plan.mishaps);
  }

  async run(): Promise<{ readonly extent: Extent; readonly flaws: string[] }> {
    const { scenario, interveneAfter, mishaps } = this.#plan;
    const { trial } = this.stage;
    await scenario.setUp(this.stage);
    let intervention: Promise<void> | undefined;
    const intervene = () => {
      intervention ??= scenario.intervene?.(this.stage);
      // Whoever waits for it does so later.
      intervention?.catch(() => undefined);
    };
    this.#faults.begin(trial, (event) => {
      if (event === interveneAfter) intervene();
    });
    if (interveneAfter === 0) intervene();
    await scenario.act(this.stage);
    if (intervention !== undefined) await trial.ended(intervention);
    const { extent } = this.#faults;
    await scenario.afterwards?.(this.stage);
    await trial.drain();
    const flaws = [...trial.flaws(), ...scenario.judge(this.stage)];
    const place = JSON.stringify({ mishaps, interveneAfter });
    return { extent, flaws: flaws.map((flaw) => `${place}: ${flaw}`) };
  }
}

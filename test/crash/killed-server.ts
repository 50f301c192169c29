/**
 * KilledServer: the server through all its lives on one data directory, each ended by a SIGKILL of
 * one of its parts.
 *
 * Invariants:
 * - Two engines never run on the same files: what survives a kill of another part follows by itself,
 *   at the latest when the next server takes over the data.
 * - Processes that outlive a crash are remembered, and ended last.
 */
import { expect } from "vitest";
import { type KillTarget, ServerProcess } from "../support/server-process.ts";
import type { DeathMark } from "./history.ts";

/** Turns are taken: each part of the server is killed again and again. */
const TARGETS: readonly KillTarget[] = ["group", "workerd", "parent"];
const GONE_WITHIN_MS = 3_000;

export class KilledServer {
  readonly #start: { readonly dataDir: string; readonly port: number };
  readonly #lives: ServerProcess[] = [];

  constructor(start: { readonly dataDir: string; readonly port: number }) {
    this.#start = start;
  }

  async start(): Promise<void> {
    this.#lives.push(await ServerProcess.started(this.#start));
  }

  /** Kills one part and starts again. The mark belongs in the history of every queue. */
  async crash(): Promise<DeathMark> {
    const server = this.#lives.at(-1);
    if (server === undefined) throw new Error("there is nothing to kill");
    const target = TARGETS[(this.#lives.length - 1) % TARGETS.length] ?? "group";
    const killedAtMs = performance.now();
    server.kill(target);
    if (target !== "parent") await expectGone(server, target);
    await this.start();
    await expectGone(server, target);
    const atMs = performance.now();
    console.log(`killed ${target}; ready again after ${Math.round(atMs - killedAtMs)} ms`);
    return { kind: "death", atMs };
  }

  /** What the server has printed in all its lives: why it answered as it did. */
  get output(): string {
    return this.#lives.map(({ output }) => output).join("");
  }

  end(): void {
    for (const server of this.#lives) server.kill("group");
  }
}

async function expectGone(server: ServerProcess, target: KillTarget): Promise<void> {
  const isGone = await server.isGoneWithin(GONE_WITHIN_MS);
  expect(isGone, `nothing of the server runs after SIGKILL of ${target}`).toBe(true);
}

/**
 * The child process that somebody else's code spawns. Miniflare keeps its workerd to itself, but the
 * local server must know its pid (to end it if it is orphaned) and its exit (to end with it).
 *
 * Node announces every child it creates; the asynchronous context tells whose child it is, so that
 * several servers in one process never mistake one's workerd for another's.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { ChildProcess } from "node:child_process";
import diagnostics from "node:diagnostics_channel";

const starting = new AsyncLocalStorage<(child: ChildProcess) => void>();

export type Caught<T> = {
  readonly value: T;
  /** The first child spawned in the context of `start`. */
  readonly child: Promise<ChildProcess>;
  /** Stops looking; call it when no child is expected any more. */
  readonly stop: () => void;
};

/** Runs `start` and looks out for the child that it spawns, now or later. */
export function catchChild<T>(start: () => T): Caught<T> {
  const { promise, resolve } = Promise.withResolvers<ChildProcess>();
  const stop = (): void => {
    diagnostics.unsubscribe("child_process", onChild);
  };
  const onChild = (message: unknown): void => {
    if (starting.getStore() !== resolve || !isChildMessage(message)) return;
    stop();
    resolve(message.process);
  };
  diagnostics.subscribe("child_process", onChild);
  return { value: starting.run(resolve, start), child: promise, stop };
}

function isChildMessage(message: unknown): message is { process: ChildProcess } {
  return (
    typeof message === "object" &&
    message !== null &&
    "process" in message &&
    message.process instanceof ChildProcess
  );
}

/**
 * StopRequest: the ways in which a person or a supervisor tells the server to stop: SIGINT (Ctrl-C),
 * SIGTERM, SIGHUP, and the death of the npm that started it, which cannot pass SIGKILL on.
 *
 * npm passes signals on, and a terminal sends them to every process: the same wish arrives two or
 * three times, and only the first one counts.
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const PARENT_POLL_MS = 200;

export class StopRequest {
  /** Resolves with the first request to stop. */
  readonly requested: Promise<"stop-requested">;
  #isRequested = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<"stop-requested">();
    this.requested = promise;
    const request = (): void => {
      this.#isRequested = true;
      resolve("stop-requested");
    };
    for (const signal of SIGNALS) process.on(signal, request);
    if (process.env["npm_lifecycle_event"] !== undefined) onParentDeath(request);
  }

  get isRequested(): boolean {
    return this.#isRequested;
  }
}

/** A process whose parent died is given another parent. */
function onParentDeath(then: () => void): void {
  const parentPid = process.ppid;
  const poll = setInterval(() => {
    if (process.ppid === parentPid) return;
    clearInterval(poll);
    then();
  }, PARENT_POLL_MS);
  poll.unref();
}

/**
 * Cleanups: what a test has started or made is ended and removed after it, the latest first. A test file
 * has one of these and calls `cleansUp` once.
 */
import { afterEach } from "vitest";
import { TemporaryDirectory } from "./temporary-directory.ts";

/** What it returns is waited for. */
type Cleanup = () => unknown;

export class Cleanups {
  readonly #cleanups: Cleanup[] = [];

  push(cleanup: Cleanup): void {
    this.#cleanups.push(cleanup);
  }

  /** Of a directory that goes with the test. */
  temporaryPath(): string {
    const directory = new TemporaryDirectory();
    this.push(() => directory.remove());
    return directory.path;
  }

  async run(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
  }
}

/** After each test of the file that calls it. */
export function cleansUp(): Cleanups {
  const cleanups = new Cleanups();
  afterEach(() => cleanups.run());
  return cleanups;
}

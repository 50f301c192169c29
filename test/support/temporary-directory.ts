/** A directory for the data of one run, removed with everything in it when the run is over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class TemporaryDirectory {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), "millrace-test-"));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

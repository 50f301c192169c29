/**
 * WorkerdGuard: ends workerd when this process dies without a chance to do it, by SIGKILL for
 * example. An orphaned workerd would serve on, fire alarms and write the data of the next server.
 *
 * It is a shell that waits on a pipe of ours: a line means "all is well, go", the end of the pipe
 * means that we died. Where there is no shell, the next start ends the orphan.
 */
import { type ChildProcess, spawn } from "node:child_process";

const SCRIPT = 'read -r line || kill -9 "$1"';

export class WorkerdGuard {
  readonly #shell: ChildProcess;

  constructor(workerdPid: number) {
    // A group of its own: Ctrl-C in a terminal must not end the guard before it has done its work.
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT, "millrace-guard", String(workerdPid)], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
  }

  /** Call it as soon as workerd is gone: its pid may be given to another process. */
  dismiss(): void {
    this.#shell.stdin?.end("\n");
  }
}

/**
 * AuthenticatedServer: `millrace --auth --audit` in a process of its own, and its root as somebody who has
 * read secrets.json.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CredentialHolder } from "../support/credential-holder.ts";
import { parseObject, stringOf } from "../support/json-value.ts";
import { CliProcess, type Exit } from "./cli-process.ts";

export class AuthenticatedServer {
  readonly url: string;
  readonly root: CredentialHolder;
  readonly #command: CliProcess;

  private constructor(url: string, root: CredentialHolder, command: CliProcess) {
    this.url = url;
    this.root = root;
    this.#command = command;
  }

  static async started(dataDir: string, ...flags: readonly string[]): Promise<AuthenticatedServer> {
    const command = new CliProcess([
      "--auth",
      "--audit",
      "--port",
      "0",
      "--data",
      dataDir,
      ...flags,
    ]);
    const url = await command.ready();
    const secrets = parseObject(readFileSync(join(dataDir, "secrets.json"), "utf8"));
    const root = new CredentialHolder(url, {
      accessKeyId: stringOf(secrets, "MILLRACE_ROOT_ACCESS_KEY_ID"),
      secretAccessKey: stringOf(secrets, "MILLRACE_ROOT_SECRET_ACCESS_KEY"),
    });
    return new AuthenticatedServer(url, root, command);
  }

  /** Stops it as a supervisor does; what it has printed. */
  async stopped(): Promise<Exit> {
    this.#command.signal("SIGTERM");
    return await this.#command.exit();
  }

  end(): Promise<void> {
    return this.#command.end();
  }
}

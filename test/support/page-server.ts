/**
 * PageServer: a server that a page of docs/ starts, by its own command and on its own file of queues, in
 * a home of its own; and the page's other snippets, run against it. The port alone is the test's.
 */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ListQueuesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { DocsPage } from "./docs-page.ts";
import { printedBySnippet } from "./page-snippet.ts";
import { newSdkClient } from "./sdk-client.ts";
import { freePort, ServerProcess } from "./server-process.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

const ROOT = join(import.meta.dirname, "../..");

export type PageStart = {
  /** The page's file. */
  readonly page: string;
  /** The snippets with the command and with what goes into ~/shop/queues.json. */
  readonly start: string;
  readonly queues: string;
  /** The region of the clients. */
  readonly region?: string;
};

export class PageServer {
  readonly page: DocsPage;
  readonly sqs: SQSClient;
  readonly #home: TemporaryDirectory;
  readonly #server: ServerProcess;

  private constructor(
    { page, region }: { page: DocsPage; region: string | undefined },
    home: TemporaryDirectory,
    server: ServerProcess,
  ) {
    this.page = page;
    this.sqs = newSdkClient(server.url, region);
    this.#home = home;
    this.#server = server;
  }

  static async started({ page: name, start, queues, region }: PageStart): Promise<PageServer> {
    const page = new DocsPage(name);
    const home = new TemporaryDirectory();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    mkdirSync(join(home.path, "shop"));
    symlinkSync(join(ROOT, "node_modules"), join(home.path, "node_modules"));
    writeFileSync(join(home.path, "shop/queues.json"), page.snippet(queues, url));
    writeFileSync(join(home.path, "start.sh"), page.snippet(start, url));
    // A command without --port means 9324, which the test's port stands for.
    const environment = { HOME: home.path, TMPDIR: home.path, PORT: String(port) };
    const command = ["sh", join(home.path, "start.sh")] as const;
    const server = await ServerProcess.startedBy(command, { port, environment });
    return new PageServer({ page, region }, home, server);
  }

  get url(): string {
    return this.#server.url;
  }

  /** What a snippet in shell prints. */
  shell(name: string): Promise<string> {
    return this.#run(name, "snippet.sh", ["sh", "snippet.sh"]);
  }

  /** What a snippet in JavaScript prints. */
  script(name: string): Promise<string> {
    return this.#run(name, "snippet.mjs", [process.execPath, "snippet.mjs"]);
  }

  async queueNames(): Promise<string[]> {
    const { QueueUrls = [] } = await this.sqs.send(new ListQueuesCommand());
    return QueueUrls.map((url) => url.slice(url.lastIndexOf("/") + 1)).sort();
  }

  async end(): Promise<void> {
    this.sqs.destroy();
    await this.#server.stop();
    this.#home.remove();
  }

  #run(name: string, file: string, command: [string, ...string[]]): Promise<string> {
    const stage = { directory: this.#home.path, url: this.url };
    return printedBySnippet(stage, { page: this.page, name, file, command });
  }
}

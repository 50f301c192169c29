/**
 * DocsPage: the snippets of a page of docs/, as its readers copy them. A snippet is a fenced block below
 * a comment with its name; the tests put only their server's port in place of the page's.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const DOCS = join(import.meta.dirname, "../../docs");
const NAMED_BLOCK = /<!-- snippet: ([a-z0-9-]+) -->\n\n?```[a-z]+\n(.*?)\n```/gs;
/** Millrace's own port, and the one of LocalStack, which it may take over. */
const PORTS_ON_PAGES = /\b(9324|4566)\b/g;

/** Keeps what a developer has configured for AWS out of the tests. */
export const NO_AWS_FILES: Readonly<Record<string, string>> = {
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
};

export class DocsPage {
  readonly text: string;
  readonly #name: string;
  readonly #snippets: ReadonlyMap<string, string>;

  /** `name` is that of the file. */
  constructor(name: string) {
    this.#name = name;
    this.text = readFileSync(join(DOCS, name), "utf8");
    const blocks = this.text.matchAll(NAMED_BLOCK);
    this.#snippets = new Map([...blocks].map(([, title = "", text = ""]) => [title, text]));
  }

  snippetNames(): string[] {
    return [...this.#snippets.keys()];
  }

  /** How many fenced blocks the page has, named or not. */
  countBlocks(): number {
    return this.text.match(/^```[a-z]/gm)?.length ?? 0;
  }

  snippet(name: string, url: string): string {
    const text = this.#snippets.get(name);
    if (text === undefined) throw new Error(`docs/${this.#name} has no snippet ${name}`);
    return `${text.replaceAll(PORTS_ON_PAGES, new URL(url).port)}\n`;
  }

  /** The variables that a snippet exports, and none of a developer's own. */
  exports(name: string, url: string): Record<string, string> {
    const variables: Record<string, string> = { ...NO_AWS_FILES };
    const exported = this.snippet(name, url).matchAll(/^export (\w+)=(\S+)$/gm);
    for (const [, variable = "", value = ""] of exported) variables[variable] = value;
    return variables;
  }
}

export const CLIENTS_PAGE = new DocsPage("clients.md");

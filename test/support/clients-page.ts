/**
 * ClientsPage: the snippets of docs/clients.md, as its readers copy them. A snippet is a fenced block
 * below a comment with its name; the tests put only their server's port in place of 9324.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = join(import.meta.dirname, "../../docs/clients.md");
const URL_ON_PAGE = "http://127.0.0.1:9324";
const NAMED_BLOCK = /<!-- snippet: ([a-z0-9-]+) -->\n\n?```[a-z]+\n(.*?)\n```/gs;

export function snippetNames(): string[] {
  return [...snippets().keys()];
}

/** How many fenced blocks the page has, named or not. */
export function countBlocks(): number {
  return readFileSync(PAGE, "utf8").match(/^```[a-z]/gm)?.length ?? 0;
}

export function pageSnippet(name: string, url: string): string {
  const text = snippets().get(name);
  if (text === undefined) throw new Error(`docs/clients.md has no snippet ${name}`);
  return `${text.replaceAll(URL_ON_PAGE, url).replaceAll("127.0.0.1:9324", new URL(url).host)}\n`;
}

/** Keeps what a developer has configured for AWS out of the tests. */
export const NO_AWS_FILES: Readonly<Record<string, string>> = {
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** The variables that the page's first snippet exports. */
export function clientEnvironment(url: string): Record<string, string> {
  const variables: Record<string, string> = { ...NO_AWS_FILES };
  const exported = pageSnippet("environment", url).matchAll(/^export (\w+)=(\S+)$/gm);
  for (const [, name = "", value = ""] of exported) variables[name] = value;
  return variables;
}

function snippets(): Map<string, string> {
  const blocks = readFileSync(PAGE, "utf8").matchAll(NAMED_BLOCK);
  return new Map([...blocks].map(([, name = "", text = ""]) => [name, text]));
}

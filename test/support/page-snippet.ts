/**
 * Runs a snippet of a page of docs/ as a reader would: copied into a file, with nothing from the
 * environment but what the snippet itself sets.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLIENTS_PAGE, type DocsPage, NO_AWS_FILES } from "./docs-page.ts";
import { runProgram } from "./program-run.ts";

export type SnippetStage = { readonly directory: string; readonly url: string };

export type SnippetRun = {
  /** The page about clients, if it is left out. */
  readonly page?: DocsPage;
  readonly name: string;
  /** Where it is copied to, in the stage's directory. */
  readonly file: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
};

const SNIPPET_WITHIN_MS = 110_000;

export function printedBySnippet(
  { directory, url }: SnippetStage,
  { page = CLIENTS_PAGE, name, file, command, environment }: SnippetRun,
): Promise<string> {
  writeFileSync(join(directory, file), page.snippet(name, url));
  return runProgram({
    command,
    directory,
    environment: { ...NO_AWS_FILES, ...environment },
    timeoutMs: SNIPPET_WITHIN_MS,
  });
}

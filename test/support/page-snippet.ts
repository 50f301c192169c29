/**
 * Runs a snippet of docs/clients.md as a reader would: copied into a file, with nothing from the
 * environment but what the snippet itself sets.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StagedClient } from "./client-stage.ts";
import { NO_AWS_FILES, pageSnippet } from "./clients-page.ts";
import { runProgram } from "./program-run.ts";

type SnippetRun = {
  readonly name: string;
  /** Where it is copied to, in the stage's directory unless absolute. */
  readonly file: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
};

const SNIPPET_WITHIN_MS = 110_000;

export function printedBySnippet(
  { directory, url }: StagedClient<unknown>,
  { name, file, command, environment }: SnippetRun,
): Promise<string> {
  writeFileSync(join(directory, file), pageSnippet(name, url));
  return runProgram({
    command,
    directory,
    environment: { ...NO_AWS_FILES, ...environment },
    timeoutMs: SNIPPET_WITHIN_MS,
  });
}

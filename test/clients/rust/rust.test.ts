/**
 * The AWS SDK for Rust, unmodified: all that a program does with a queue, and twenty tasks that
 * consume 2,000 messages.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, prepareRust } from "../../support/client-toolchains.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { runProgram } from "../../support/program-run.ts";
import { expectAllSteps, lastLine } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const CONSUMED_WITHIN_MS = 100_000;

const enter = setStage({
  client: `AWS SDK for Rust ${pinnedVersion(join(FOLDER, "Cargo.toml"), /aws-sdk-sqs = "=(.+)"/)}`,
  prepare: () => prepareRust(FOLDER),
});

test("the Rust SDK does all that a program does with a queue", async (context) => {
  const stage = enter(context);
  await expectAllSteps(stage, [stage.tool.binary, "steps"]);
});

test("twenty Rust tasks consume 2,000 messages once", async (context) => {
  const { tool, environment } = enter(context);
  const printed = await runProgram({
    command: [tool.binary, "consume"],
    environment,
    timeoutMs: CONSUMED_WITHIN_MS,
  });
  expect(lastLine(printed)).toEqual({ received: 2_000, distinct: 2_000 });
});

test("the page's snippet for Rust creates a queue", async (context) => {
  const stage = enter(context);
  for (const file of ["Cargo.toml", "Cargo.lock"]) {
    copyFileSync(join(FOLDER, file), join(stage.directory, file));
  }
  mkdirSync(join(stage.directory, "src"));
  const printed = await printedBySnippet(stage, {
    name: "rust",
    file: "src/main.rs",
    command: ["cargo", "run", "--quiet", "--locked", "--offline", "-j", "1"],
    environment: { CARGO_TARGET_DIR: stage.tool.target },
  });
  expect(printed).toContain(`${stage.url}/000000000000/demo`);
});

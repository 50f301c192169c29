/**
 * The AWS SDK for Go v2, unmodified: all that a program does with a queue, and 50 workers that
 * long-poll while 5,000 messages are sent.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, prepareGo } from "../../support/client-toolchains.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { runProgram } from "../../support/program-run.ts";
import { expectAllSteps, lastLine } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const CONSUMED_WITHIN_MS = 100_000;

const enter = setStage({
  client: `AWS SDK for Go ${pinnedVersion(join(FOLDER, "go.mod"), /service\/sqs v(\S+)/)}`,
  prepare: () => prepareGo(FOLDER),
});

test("the Go SDK does all that a program does with a queue", async (context) => {
  const stage = enter(context);
  await expectAllSteps(stage, [stage.tool, "steps"]);
});

test("50 Go workers that long-poll handle 5,000 messages once, and swallow none when they leave", async (context) => {
  const { tool, environment } = enter(context);
  const printed = await runProgram({
    command: [tool, "consume"],
    environment,
    timeoutMs: CONSUMED_WITHIN_MS,
  });
  expect(lastLine(printed)).toEqual({
    received: 5_000,
    distinct: 5_000,
    visibleAfterwards: "5000",
  });
});

test("the page's snippet for Go creates a queue", async (context) => {
  const stage = enter(context);
  for (const file of ["go.mod", "go.sum"]) {
    copyFileSync(join(FOLDER, file), join(stage.directory, file));
  }
  const printed = await printedBySnippet(stage, {
    name: "go",
    file: "snippet.go",
    command: ["go", "run", "-p", "1", "snippet.go"],
  });
  expect(printed).toContain(`${stage.url}/000000000000/demo`);
});

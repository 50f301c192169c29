/**
 * The AWS SDK for Java v2, unmodified, with its checks of digests: all that a program does with a
 * queue, and its batch manager.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, prepareJava } from "../../support/client-toolchains.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { runProgram } from "../../support/program-run.ts";
import { expectAllSteps, lastLine } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const SDK_VERSION = /<artifactId>sqs<\/artifactId>\s*<version>(.+)<\/version>/;
const HANDLED_WITHIN_MS = 100_000;

const enter = setStage({
  client: `AWS SDK for Java ${pinnedVersion(join(FOLDER, "pom.xml"), SDK_VERSION)}`,
  prepare: () => prepareJava(FOLDER),
});

test("the Java SDK does all that a program does with a queue", async (context) => {
  const stage = enter(context);
  await expectAllSteps(stage, ["java", "-cp", stage.tool, "Program", "steps"]);
});

test("the Java SDK's batch manager sends, receives and deletes 1,000 messages", async (context) => {
  const { tool, environment } = enter(context);
  const printed = await runProgram({
    command: ["java", "-cp", tool, "Program", "batch-manager"],
    environment,
    timeoutMs: HANDLED_WITHIN_MS,
  });
  expect(lastLine(printed)).toEqual({ received: 1_000, distinct: 1_000, left: 0 });
});

test("the page's snippet for Java creates a queue", async (context) => {
  const stage = enter(context);
  const printed = await printedBySnippet(stage, {
    name: "java",
    file: "Example.java",
    command: ["java", "-cp", stage.tool, "Example.java"],
  });
  expect(printed).toContain(`${stage.url}/000000000000/demo`);
});

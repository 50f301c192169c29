/**
 * boto3, unmodified: a current one, which speaks JSON. Its endpoint comes from the environment, as
 * docs/clients.md has it.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, preparePython } from "../../support/client-toolchains.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { expectAllSteps } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const REQUIREMENTS = join(FOLDER, "requirements-current.txt");

const enter = setStage({
  client: `boto3 ${pinnedVersion(REQUIREMENTS, /^boto3==(.+)$/m)}`,
  prepare: () => preparePython(REQUIREMENTS, "boto3"),
});

test("boto3 does all that a program does with a queue", async (context) => {
  const stage = enter(context);
  await expectAllSteps(stage, [stage.tool, join(FOLDER, "program.py"), "json"]);
});

test("the page's snippet for boto3 creates a queue", async (context) => {
  const stage = enter(context);
  const printed = await printedBySnippet(stage, {
    name: "boto3",
    file: "snippet.py",
    command: [stage.tool, "snippet.py"],
  });
  expect(printed).toContain(`${stage.url}/000000000000/demo`);
});

/**
 * The AWS CLI, unmodified, against a server that authenticates: `aws iam create-access-key` and the calls
 * around it, by the root, and what the new key may.
 */
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, preparePython } from "../../support/client-toolchains.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { runProgram } from "../../support/program-run.ts";
import { lastLine } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const REQUIREMENTS = join(FOLDER, "requirements.txt");

const enter = setStage({
  client: `AWS CLI ${pinnedVersion(REQUIREMENTS, /^awscli==(.+)$/m)}`,
  prepare: async () => join(dirname(await preparePython(REQUIREMENTS, "aws-cli")), "aws"),
  isAuthenticated: true,
});

test("the AWS CLI gives a user a key and a policy, and takes the key away", async (context) => {
  const { tool, environment, url } = enter(context);
  const printed = await runProgram({
    command: ["bash", join(FOLDER, "users.sh"), tool, "--endpoint-url", url],
    environment,
    timeoutMs: 110_000,
  });
  expect(lastLine(printed)).toEqual({
    steps: ["create a key", "put a policy", "send with the key", "revoke the key"],
  });
});

test("the page's snippet makes a user and prints a key", async (context) => {
  const stage = enter(context);
  const printed = await printedBySnippet(stage, {
    name: "credentials",
    file: "snippet.sh",
    command: ["sh", "snippet.sh"],
    environment: {
      ...stage.environment,
      PATH: `${dirname(stage.tool)}:${process.env["PATH"] ?? ""}`,
    },
  });
  expect(printed).toMatch(/"SecretAccessKey": "[A-Za-z0-9]{40}"/);
});

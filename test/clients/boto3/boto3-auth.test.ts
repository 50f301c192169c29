/**
 * boto3, unmodified, against a server that authenticates: the root makes a user, who does with a key of
 * his own what his policy allows. In JSON and, by an older boto3, in the Query protocol.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, preparePython } from "../../support/client-toolchains.ts";
import { runProgram } from "../../support/program-run.ts";
import { lastLine } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const STEPS = [
  "user and key",
  "policy",
  "send and nothing else",
  "wrong credentials",
  "session",
  "revoke and delete",
];

describe.each([
  { protocol: "JSON", file: "requirements-current.txt", name: "boto3" },
  { protocol: "Query", file: "requirements-query.txt", name: "boto3-query" },
])("with real credentials, in $protocol", ({ protocol, file, name }) => {
  const requirements = join(FOLDER, file);
  const version = pinnedVersion(requirements, /^boto3==(.+)$/m);
  const enter = setStage({
    client: protocol === "JSON" ? `boto3 ${version}` : `boto3 ${version} (${protocol})`,
    prepare: () => preparePython(requirements, name),
    isAuthenticated: true,
  });

  test("boto3 makes a user, who may what the policy says until the key is revoked", async (context) => {
    const { tool, environment } = enter(context);
    const printed = await runProgram({
      command: [tool, join(FOLDER, "users.py")],
      environment,
      timeoutMs: 60_000,
    });
    expect(lastLine(printed)).toEqual({ steps: STEPS });
  });
});

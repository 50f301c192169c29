/**
 * The page about users, policies and encryption: what it tells its reader to type with the AWS CLI and
 * curl, typed in the page's order against a server that authenticates, as the root and as those it makes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, preparePython } from "../../support/client-toolchains.ts";
import { DocsPage, NO_AWS_FILES } from "../../support/docs-page.ts";
import { runProgram } from "../../support/program-run.ts";
import { freePort, ServerProcess } from "../../support/server-process.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");
const page = new DocsPage("security.md");
const home = new TemporaryDirectory();
let server: ServerProcess;

beforeAll(async () => {
  const dataDir = join(home.path, ".millrace");
  mkdirSync(dataDir);
  server = await ServerProcess.started({ dataDir, port: await freePort(), flags: ["--auth"] });
}, 60_000);
afterAll(async () => {
  await server.stop();
  home.remove();
});

/** The page's blocks in the page's order, and what must be refused after a block. */
const STEPS: readonly { readonly snippet: string; readonly check?: readonly string[] }[] = [
  { snippet: "root-credential" },
  {
    snippet: "user",
    check: [
      "! AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret \\",
      '  aws sqs delete-queue --queue-url orders --endpoint-url "$endpoint" 2>&1',
    ],
  },
  { snippet: "account" },
  { snippet: "share" },
  { snippet: "look" },
  {
    snippet: "policy",
    check: ['! aws sqs receive-message --queue-url orders --endpoint-url "$endpoint" 2>&1'],
  },
];

const enter = setStage({
  client: `AWS CLI ${pinnedVersion(REQUIREMENTS, /^awscli==(.+)$/m)}`,
  prepare: async () => join(dirname(await preparePython(REQUIREMENTS, "aws-cli")), "aws"),
});

describe("the page about security", () => {
  test("makes users, accounts and policies that hold", async (context) => {
    const { tool } = enter(context);
    const { url } = server;
    expect(STEPS.map(({ snippet }) => snippet)).toEqual(page.snippetNames());
    const script = STEPS.flatMap(({ snippet, check = [] }) => [
      page.snippet(snippet, url),
      ...check,
    ]);
    writeFileSync(join(home.path, "page.sh"), ["set -eu", ...script].join("\n"));
    const printed = await runProgram({
      command: ["sh", "page.sh"],
      directory: home.path,
      environment: { ...NO_AWS_FILES, PATH: `${dirname(tool)}:${process.env["PATH"] ?? ""}` },
      timeoutMs: 110_000,
    });
    for (const text of [
      "arn:aws:iam::000000000000:root",
      "arn:aws:iam::000000000000:user/worker is not authorized to perform: sqs:deletequeue",
      ":user/admin",
      "<Body>hello</Body>",
      '{"MessageId":',
      "sqs:receivemessage on resource: arn:aws:sqs:us-east-1:000000000000:orders with an explicit deny",
    ]) {
      expect(printed).toContain(text);
    }
  });
});

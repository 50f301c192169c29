/**
 * The AWS CLI, unmodified: version 1, which must be given its endpoint on the command line, and
 * version 2, if there is one on this machine, which takes it from the environment.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  GetQueueAttributesCommand,
  type QueueAttributeName,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, preparePython } from "../../support/client-toolchains.ts";
import { DocsPage } from "../../support/docs-page.ts";
import { PageServer } from "../../support/page-server.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { toolVersion, Unavailable } from "../../support/prepared-client.ts";
import { runProgram } from "../../support/program-run.ts";
import { expectAllSteps } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const REQUIREMENTS = join(FOLDER, "requirements.txt");
const PROGRAM = join(FOLDER, "program.sh");
/** Before 2.13, version 2 took no endpoint from the environment. */
const FIRST_MINOR_WITH_ENDPOINT = 13;
/** Nobody listens there. What would go to AWS ends here. */
const CLOSED_PROXY = "http://127.0.0.1:9";

const FROM_LOCALSTACK = "migrating-from-localstack.md";
/** When a queue was made differs between any two. */
const MADE_AT = ["CreatedTimestamp", "LastModifiedTimestamp"];

async function attributesOf(sqs: SQSClient, QueueUrl: string): Promise<[string, string][]> {
  const AttributeNames: QueueAttributeName[] = ["All"];
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
  );
  return Object.entries(Attributes ?? {}).filter(([name]) => !MADE_AT.includes(name));
}

describe("version 1", () => {
  const enter = setStage({
    client: `AWS CLI ${pinnedVersion(REQUIREMENTS, /^awscli==(.+)$/m)}`,
    prepare: async () => {
      const python = await preparePython(REQUIREMENTS, "aws-cli");
      return join(dirname(python), "aws");
    },
  });

  test("does all that an administrator does with a queue", async (context) => {
    const stage = enter(context);
    await expectAllSteps(stage, ["bash", PROGRAM, stage.tool, "--endpoint-url", stage.url]);
  });

  test("creates a queue by the page's snippet", async (context) => {
    const stage = enter(context);
    const printed = await printedBySnippet(stage, {
      name: "aws-cli",
      file: "snippet.sh",
      command: ["sh", "snippet.sh"],
      environment: { PATH: `${dirname(stage.tool)}:${process.env["PATH"] ?? ""}` },
    });
    expect(printed).toContain(`${stage.url}/000000000000/demo`);
  });

  test("makes the same queues by LocalStack's script as the file makes", async (context) => {
    const stage = enter(context);
    // What awslocal is: aws with an endpoint.
    const awslocal = `#!/bin/sh\nexec "${stage.tool}" --endpoint-url ${stage.url} "$@"\n`;
    writeFileSync(join(stage.directory, "awslocal"), awslocal, { mode: 0o755 });
    await printedBySnippet(stage, {
      page: new DocsPage(FROM_LOCALSTACK),
      name: "localstack-init-script",
      file: "init.sh",
      command: ["sh", "init.sh"],
      environment: {
        ...stage.environment,
        PATH: `${stage.directory}:${process.env["PATH"] ?? ""}`,
      },
    });
    const start = "localstack-start";
    const queues = "localstack-queues";
    const declared = await PageServer.started({ page: FROM_LOCALSTACK, start, queues });
    try {
      for (const name of await declared.queueNames()) {
        const byFile = await attributesOf(declared.sqs, name);
        expect(await attributesOf(stage.sqs, name)).toEqual(byFile);
      }
      expect(await declared.queueNames()).toHaveLength(3);
    } finally {
      await declared.end();
    }
  });

  test("takes no endpoint from the environment, as the page says", async (context) => {
    const { tool, environment } = enter(context);
    const listing = runProgram({
      command: [tool, "sqs", "list-queues"],
      environment: { ...environment, HTTPS_PROXY: CLOSED_PROXY, AWS_MAX_ATTEMPTS: "1" },
      timeoutMs: 60_000,
    });
    await expect(listing).rejects.toThrow(CLOSED_PROXY);
  });
});

describe("version 2", () => {
  const enter = setStage({
    client: "AWS CLI 2",
    prepare: async () => {
      const version = await toolVersion("aws", "--version");
      const minor = Number(/^aws-cli\/2\.(\d+)/.exec(version)?.[1] ?? 0);
      if (minor >= FIRST_MINOR_WITH_ENDPOINT) return "aws";
      throw new Unavailable(`the machine's aws is ${version.split(" ")[0]}`);
    },
  });

  test("does all that an administrator does with a queue", async (context) => {
    await expectAllSteps(enter(context), ["bash", PROGRAM, "aws"]);
  });
});

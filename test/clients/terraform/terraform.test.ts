/**
 * Terraform with the AWS provider, unmodified: apply, a plan that finds nothing to do, a change, and
 * destroy. Most of the time is the provider's own waits between its reads.
 */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { CLIENTS_PAGE, NO_AWS_FILES } from "../../support/docs-page.ts";
import { fetchPackages, prepareOnce, toolVersion } from "../../support/prepared-client.ts";
import { runProgram } from "../../support/program-run.ts";

const TEST_TIMEOUT_MS = 600_000;
/** Where a machine without Terraform's registry keeps providers. */
const PLUGIN_FOLDERS = [
  "/opt/tf-plugins",
  "/usr/local/share/terraform/plugins",
  join(homedir(), ".terraform.d/plugins"),
];

const enter = setStage({ client: "Terraform aws_sqs_queue", prepare: prepareTerraform });

test(
  "Terraform applies, plans nothing more, changes and destroys queues",
  async (context) => {
    const stage = enter(context);
    const { directory, sqs, url } = stage;
    writeFileSync(join(directory, "main.tf"), CLIENTS_PAGE.snippet("terraform", url));
    copyFileSync(join(import.meta.dirname, "queues.tf"), join(directory, "queues.tf"));
    copyFileSync(join(stage.tool, ".terraform.lock.hcl"), join(directory, ".terraform.lock.hcl"));
    const terraform = (...args: readonly string[]): Promise<string> =>
      runProgram({
        command: ["terraform", ...args, "-no-color", "-input=false"],
        directory,
        environment: { ...NO_AWS_FILES, TF_DATA_DIR: join(stage.tool, ".terraform") },
        timeoutMs: TEST_TIMEOUT_MS,
      });

    expect(await terraform("apply", "-auto-approve")).toContain("6 added");
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: "work", AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({ DelaySeconds: "5", VisibilityTimeout: "90" });

    // Exit code 2 would say that there is something to do.
    expect(await terraform("plan", "-detailed-exitcode")).toContain("No changes");

    expect(await terraform("apply", "-auto-approve", "-var=team=blue")).toContain("1 changed");
    const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: "work" }));
    expect(Tags).toEqual({ team: "blue" });

    expect(await terraform("destroy", "-auto-approve")).toContain("6 destroyed");
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls).toBeUndefined();
  },
  TEST_TIMEOUT_MS,
);

/** A directory that Terraform has initialized with the provider. */
async function prepareTerraform(): Promise<string> {
  const version = await toolVersion("terraform", "version");
  const folder = PLUGIN_FOLDERS.find((path) => existsSync(path));
  return prepareOnce({
    name: "terraform",
    inputs: [version, folder ?? "from the registry"],
    prepare: async (directory) => {
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "main.tf"), 'provider "aws" {}\n');
      const from = folder === undefined ? [] : [`-plugin-dir=${folder}`];
      await fetchPackages(["terraform", "init", "-no-color", "-input=false", ...from], {
        directory,
      });
    },
  });
}

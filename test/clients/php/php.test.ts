/**
 * The AWS SDK for PHP, unmodified, where there is PHP and Composer.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, preparePhp } from "../../support/client-toolchains.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { expectAllSteps } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const COMPOSER = join(FOLDER, "composer.json");

const enter = setStage({
  client: `AWS SDK for PHP ${pinnedVersion(COMPOSER, /"aws\/aws-sdk-php": "(.+)"/)}`,
  prepare: () => preparePhp(COMPOSER),
});

test("the PHP SDK does all that a program does with a queue", async (context) => {
  const stage = enter(context);
  await expectAllSteps(stage, ["php", join(FOLDER, "program.php"), stage.tool]);
});

test("the page's snippet for PHP creates a queue", async (context) => {
  const stage = enter(context);
  const printed = await printedBySnippet(stage, {
    name: "php",
    file: "snippet.php",
    command: ["php", "-d", `auto_prepend_file=${stage.tool}/vendor/autoload.php`, "snippet.php"],
  });
  expect(printed).toContain(`${stage.url}/000000000000/demo`);
});

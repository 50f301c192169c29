/**
 * QueueFile: the queues that a start declares (`--config queues.json`): their names, attributes, dead-letter
 * queues and tags. What the file may hold is said here once; `docs/queues.schema.json`, for editors, is made
 * of it. What SQS thinks of a value is SQS's to say, when the queues are created.
 */
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { StartFailure, systemErrorCode } from "./start-failure.ts";

const ACCOUNT_ID = v.pipe(v.string(), v.regex(/^\d{12}$/, "12 digits"));
const REGION = v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,64}$/, "letters, digits and hyphens"));

/** Text as in SQS's API; a policy may stand there as it is, and numbers and booleans as such. */
const ATTRIBUTE = v.union([v.string(), v.number(), v.boolean(), v.record(v.string(), v.unknown())]);

const REDRIVE = v.strictObject({
  deadLetterQueue: v.pipe(
    v.string(),
    v.description("The name of a queue of the same account and region."),
  ),
  maxReceiveCount: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
});

const QUEUE = v.strictObject({
  name: v.pipe(v.string(), v.description("A FIFO queue's ends with .fifo.")),
  accountId: v.optional(ACCOUNT_ID),
  region: v.optional(REGION),
  attributes: v.optional(v.record(v.string(), ATTRIBUTE)),
  redrive: v.optional(REDRIVE),
  tags: v.optional(v.record(v.string(), v.string())),
});

export const QUEUE_FILE = v.strictObject({
  $schema: v.optional(v.string()),
  queues: v.array(QUEUE),
});

export type DeclaredQueue = v.InferOutput<typeof QUEUE>;

/** Throws StartFailure, with one line that says where the mistake is. */
export function readQueueFile(path: string): readonly DeclaredQueue[] {
  const parsed = v.safeParse(QUEUE_FILE, parsedJson(path));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new StartFailure(`${path}: ${placeOf(issue)}${issue.message}`);
  }
  const { queues } = parsed.output;
  const twofold = queues.find(({ attributes = {} }) => "RedrivePolicy" in attributes);
  if (twofold === undefined) return queues;
  // There is one way to say it, and by that the order of the queues is known.
  throw new StartFailure(
    `${path}: ${twofold.name}: RedrivePolicy is said as "redrive": {"deadLetterQueue": …, "maxReceiveCount": …}`,
  );
}

function parsedJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8").replace(BYTE_ORDER_MARK, ""), checkedMember);
  } catch (error) {
    if (error instanceof SyntaxError) {
      // The message quotes the file, with its ends of lines.
      const reason = error.message.replaceAll(/\s+/g, " ");
      throw new StartFailure(`${path} is not JSON: ${reason}`);
    }
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new StartFailure(`The file of --config cannot be read: ${path} (${code}).`);
  }
}

const BYTE_ORDER_MARK = /^\uFEFF/;

/** What valibot would take for a record with numbers for names, or leave out. */
function checkedMember(name: string, value: unknown): unknown {
  if (name === "__proto__") throw new SyntaxError("a name cannot be __proto__");
  const isList = Array.isArray(value) && (name === "attributes" || name === "tags");
  if (isList) throw new SyntaxError(`${name} is an object, not a list`);
  return value;
}

function placeOf(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue);
  return place === null ? "" : `${place}: `;
}

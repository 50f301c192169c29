/**
 * Brings the queues that a file declares into being: those that are not there are created, dead-letter
 * queues before whoever names them; those that are there get what is declared and differs. What is not
 * declared is left alone, so the same file can be applied at every start.
 *
 * It is a client of the server like any other, before the server is open to others.
 */
import type { DeclaredQueue } from "./queue-file.ts";
import type { Answer, Home, SqsClient } from "./sqs-client.ts";
import { StartFailure } from "./start-failure.ts";

type Texts = Record<string, string>;

/** A queue is declared where its account and region are, or else at the server's own. */
type Placed = Omit<DeclaredQueue, keyof Home> & Home;

/** Throws StartFailure, with SQS's own reason, at the first queue that cannot be as declared. */
export async function applyDeclaredQueues(
  queues: readonly DeclaredQueue[],
  client: SqsClient,
  home: Home,
): Promise<void> {
  const placed = queues.map((queue) => placedAt(queue, home));
  refuseRepetition(placed);
  for (const queue of deadLetterQueuesFirst(placed)) await create(queue, client);
  // A queue may be its own dead-letter queue, or two each other's: when all are there.
  for (const queue of placed) await redrive(queue, client);
}

/** Where requests are authenticated, the root of the server's own account makes the queues. */
export function refuseOtherAccounts(queues: readonly DeclaredQueue[], home: Home): void {
  const foreign = queues.find(({ accountId = home.accountId }) => accountId !== home.accountId);
  if (foreign === undefined) return;
  throw new StartFailure(
    `The queue ${foreign.name} is declared in account ${foreign.accountId}, and with --auth only those of the server's own, ${home.accountId}, can be.`,
  );
}

/** Of two declarations of one queue each would undo the other at every start. */
function refuseRepetition(queues: readonly Placed[]): void {
  const seen = new Set<string>();
  for (const { accountId, region, name } of queues) {
    const address = `${accountId}/${region}/${name}`;
    if (seen.has(address)) {
      throw new StartFailure(`The queue ${name} is declared twice in the file of --config.`);
    }
    seen.add(address);
  }
}

/** Each queue behind the dead-letter queue that it names; a circle is cut where it was entered. */
function deadLetterQueuesFirst(queues: readonly Placed[]): Placed[] {
  const ordered = new Set<Placed>();
  const entered = new Set<Placed>();
  const enter = (queue: Placed) => {
    if (entered.has(queue)) return;
    entered.add(queue);
    const target = queues.find((other) => {
      const isNear = other.accountId === queue.accountId && other.region === queue.region;
      return isNear && other.name === queue.redrive?.deadLetterQueue;
    });
    if (target !== undefined) enter(target);
    ordered.add(queue);
  };
  for (const queue of queues) enter(queue);
  return [...ordered];
}

/** A queue is made with all that is declared: how a FIFO queue deduplicates is decided then, for ever. */
async function create(queue: Placed, client: SqsClient): Promise<void> {
  const { name, tags = {} } = queue;
  const isFifo = name.endsWith(".fifo");
  const Attributes: Texts = { ...(isFifo ? { FifoQueue: "true" } : {}), ...textsOf(queue) };
  const created = await client.call(queue, "CreateQueue", {
    QueueName: name,
    Attributes,
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
  });
  if (created.isAccepted) return;
  if (!created.text.includes("#QueueNameExists")) throw refusal(queue, created);
  await settle(queue, Attributes, client);
}

/** The queue is there and is another than is declared. */
async function settle(queue: Placed, declared: Texts, client: SqsClient): Promise<void> {
  const QueueUrl = queue.name;
  const { FifoQueue: _, ...Attributes } = declared;
  if (Object.keys(Attributes).length > 0) {
    await must(queue, client, "SetQueueAttributes", { QueueUrl, Attributes });
  }
  const Tags = queue.tags ?? {};
  if (Object.keys(Tags).length > 0) await must(queue, client, "TagQueue", { QueueUrl, Tags });
}

async function redrive(queue: Placed, client: SqsClient): Promise<void> {
  if (queue.redrive === undefined) return;
  const { deadLetterQueue, maxReceiveCount } = queue.redrive;
  const deadLetterTargetArn = `arn:aws:sqs:${queue.region}:${queue.accountId}:${deadLetterQueue}`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  const QueueUrl = queue.name;
  const asked = { QueueUrl, AttributeNames: ["RedrivePolicy"] };
  const { text } = await must(queue, client, "GetQueueAttributes", asked);
  // As it is read back, for SQS prints it in one form: nothing is changed that is so already.
  if (text.includes(JSON.stringify(RedrivePolicy))) return;
  const input = { QueueUrl, Attributes: { RedrivePolicy } };
  await must(queue, client, "SetQueueAttributes", input);
}

function placedAt({ accountId, region, ...queue }: DeclaredQueue, home: Home): Placed {
  return { ...queue, accountId: accountId ?? home.accountId, region: region ?? home.region };
}

/** As SQS has them: text. */
function textsOf({ attributes = {} }: Placed): Texts {
  const texts: Texts = {};
  for (const [name, value] of Object.entries(attributes)) {
    texts[name] = typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  return texts;
}

async function must(
  queue: Placed,
  client: SqsClient,
  action: string,
  input: object,
): Promise<Answer> {
  const answer = await client.call(queue, action, input);
  if (!answer.isAccepted) throw refusal(queue, answer);
  return answer;
}

function refusal({ name }: Placed, { text }: Answer): StartFailure {
  const answer: unknown = JSON.parse(text);
  const isReasoned = typeof answer === "object" && answer !== null && "message" in answer;
  const reason = (isReasoned ? String(answer.message) : text).replaceAll(/\s+/g, " ");
  return new StartFailure(`The queue ${name} cannot be as the file of --config says: ${reason}`);
}

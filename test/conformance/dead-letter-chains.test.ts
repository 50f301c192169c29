/**
 * Dead-letter queues beyond the pair: of dead-letter queues, of themselves, of several queues.
 */
import { describe, expect, test } from "vitest";
import { objectOf, stringOf } from "../support/json-value.ts";
import { controlTime, now, pass } from "./controlled-time.ts";
import { fail, redriveTo, set } from "./dead-letter-queue.ts";
import { deleteMessage } from "./fifo-queue.ts";
import { acceptedSilently } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

const VISIBLE = { ...EMPTY, visible: 1 };

describe("dead-letter queues", () => {
  test("of dead-letter queues: each gives a message its chances, and all receives count", async () => {
    const last = await TestQueue.create();
    const middle = await TestQueue.create(redriveTo(last, 2));
    const first = await TestQueue.create(redriveTo(middle));
    await first.send("a");
    const MessageId = stringOf(await first.receiveOne({ VisibilityTimeout: 0 }), "MessageId");
    const sentAt = String(now());
    expect(await first.receive()).toEqual([]);
    for (const count of ["2", "3"]) {
      pass(1);
      const { Attributes } = await middle.receiveOne({ VisibilityTimeout: 0 });
      const origin = { DeadLetterQueueSourceArn: first.arn, ApproximateReceiveCount: count };
      expect(Attributes).toMatchObject(origin);
    }
    expect(await middle.receive()).toEqual([]);
    const letter = await last.receiveOne();
    expect(letter.MessageId).toBe(MessageId);
    expect(letter.Attributes).toMatchObject({
      DeadLetterQueueSourceArn: middle.arn,
      ApproximateReceiveCount: "4",
      ApproximateFirstReceiveTimestamp: sentAt,
      SentTimestamp: sentAt,
    });
    expect(await first.counts()).toEqual(EMPTY);
    expect(await middle.counts()).toEqual(EMPTY);
  });

  test("of themselves: a message that fails comes round again, and is never two [pail]", async () => {
    const queue = await TestQueue.create();
    await set(queue, redriveTo(queue));
    await queue.send("a");
    for (const count of ["1", "2", "3"]) {
      const { Attributes } = await queue.receiveOne({ VisibilityTimeout: 0 });
      expect(Attributes).toMatchObject({ ApproximateReceiveCount: count });
      expect(await queue.counts()).toEqual(VISIBLE);
      expect(await queue.receive()).toEqual([]);
      expect(await queue.counts()).toEqual(VISIBLE);
      await queue.evict();
    }
    await acceptedSilently(deleteMessage(queue, await queue.handleOfOne()));
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("of several queues hold what came from each [docs]", async () => {
    const dead = await TestQueue.create();
    const sources = [
      await TestQueue.create(redriveTo(dead)),
      await TestQueue.create(redriveTo(dead)),
    ];
    for (const source of sources) {
      await source.send(source.arn);
      await fail(source);
    }
    await Promise.all(sources.map((source) => source.receive()));
    const letters = await dead.receive({ MessageSystemAttributeNames: ["All"] });
    for (const letter of letters) {
      const { DeadLetterQueueSourceArn } = objectOf(letter, "Attributes");
      expect(DeadLetterQueueSourceArn).toBe(letter.Body);
    }
    expect(letters).toHaveLength(2);
  });
});

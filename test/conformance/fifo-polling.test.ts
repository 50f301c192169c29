/** Long polls on FIFO queues: what wakes them, what does not, and who gets what. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { controlAlarms } from "./due-alarms.ts";
import {
  bodiesOf,
  changeVisibility,
  deleteAll,
  deleteMessage,
  evictAll,
  handleOf,
  KINDS,
  queueWith,
  sendEach,
  sendTogether,
} from "./fifo-queue.ts";
import { accepted, acceptedEmpty, noQueue } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";
import { controlPolls, expectWaiting, startPoll, wakeByAlarm } from "./waiting-poll.ts";

controlTime();
controlAlarms();
controlPolls();

const ONE = { MaxNumberOfMessages: 1 };

describe.each(KINDS)("a poll on $kind returns at once", ({ attributes }) => {
  test("when something is there, and does not wait to fill up", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    expect(await (await startPoll(queue)).bodies).toEqual(["g1-m1", "g1-m2"]);
  });

  test("with an empty object when its wait is 0, though a blocked message is there", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    await queue.receive(ONE);
    await acceptedEmpty(queue.call("ReceiveMessage", { WaitTimeSeconds: 0 }));
  });
});

describe.each(KINDS)("a poll that waits on $kind is woken", ({ attributes }) => {
  test("by the first message of a group that nobody knew [ls]", async () => {
    const queue = await TestQueue.create(attributes);
    const poll = await startPoll(queue);
    await sendEach(queue, "g1-m1");
    expect(await poll.bodies).toEqual(["g1-m1"]);
    expect(await queue.receive()).toEqual([]);
  });

  test("by another message of a group that was emptied", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    await deleteAll(queue, await queue.receive());
    const poll = await startPoll(queue);
    await sendEach(queue, "g1-m2");
    expect(await poll.bodies).toEqual(["g1-m2"]);
  });

  test("by a batch, and gets the oldest of it in order", async () => {
    const queue = await TestQueue.create(attributes);
    const poll = await startPoll(queue);
    const bodies = ["g1-m1", "g1-m2", "g1-m3"];
    await sendTogether(queue, ...bodies);
    const received = await poll.bodies;
    expect(received.length).toBeGreaterThan(0);
    expect(received).toEqual(bodies.slice(0, received.length));
  });

  test("by the deletion that frees a group [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const held = await queue.receive(ONE);
    const poll = await startPoll(queue);
    await deleteAll(queue, held);
    expect(await poll.bodies).toEqual(["g1-m2"]);
  });

  test("by the last of several deletions, not by those before it", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    const held = await queue.receive({ MaxNumberOfMessages: 2 });
    const poll = await startPoll(queue);
    await accepted(deleteMessage(queue, handleOf(held, "g1-m1")));
    await expectWaiting(queue, poll);
    await accepted(deleteMessage(queue, handleOf(held, "g1-m2")));
    expect(await poll.bodies).toEqual(["g1-m3"]);
  });

  test("by a timeout that is set to 0 [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const held = await queue.receive(ONE);
    const poll = await startPoll(queue);
    await accepted(changeVisibility(queue, handleOf(held, "g1-m1"), 0));
    expect(await poll.bodies).toEqual(["g1-m1", "g1-m2"]);
  });

  test("by a timeout that lapses [ls]", async () => {
    const queue = await queueWith({ ...attributes, VisibilityTimeout: "10" }, "g1-m1", "g1-m2");
    await queue.receive(ONE);
    const poll = await startPoll(queue);
    pass(10);
    await wakeByAlarm(poll);
    expect(await poll.bodies).toEqual(["g1-m1", "g1-m2"]);
  });

  test("by the end of a delay [ls]", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "10" }, "g1-m1");
    const poll = await startPoll(queue);
    pass(10);
    await wakeByAlarm(poll);
    expect(await poll.bodies).toEqual(["g1-m1"]);
  });

  test("after every object was evicted while it waited", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const held = await queue.receive(ONE);
    const poll = await startPoll(queue);
    await evictAll();
    await deleteAll(queue, held);
    expect(await poll.bodies).toEqual(["g1-m2"]);
  });

  test("by the end of its queue: it is answered that there is none", async () => {
    const queue = await TestQueue.create(attributes);
    const poll = queue.call("ReceiveMessage", { WaitTimeSeconds: 20 });
    await queue.call("DeleteQueue");
    expect((await poll).error?.shape).toBe(noQueue);
  });
});

describe.each(KINDS)("a poll that waits on $kind is not woken", ({ attributes }) => {
  test("by a message to a group that is blocked, and gets it when the group is free", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    const held = await queue.receive();
    const poll = await startPoll(queue);
    await sendEach(queue, "g1-m2");
    await expectWaiting(queue, poll);
    await deleteAll(queue, held);
    expect(await poll.bodies).toEqual(["g1-m2"]);
  });

  test("by a duplicate", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    await deleteAll(queue, await queue.receive());
    const poll = await startPoll(queue);
    await sendEach(queue, "g1-m1");
    await expectWaiting(queue, poll);
  });

  test("and ends with an empty object when its time is over", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    await queue.receive(ONE);
    await acceptedEmpty(queue.call("ReceiveMessage", { WaitTimeSeconds: 1 }));
  });
});

describe.each(KINDS)("of two polls on $kind", ({ attributes }) => {
  test("the first gets the message, the second waits for that of another group", async () => {
    const queue = await TestQueue.create(attributes);
    const first = await startPoll(queue);
    const second = await startPoll(queue);
    await sendEach(queue, "g1-m1");
    expect(await first.bodies).toEqual(["g1-m1"]);
    await expectWaiting(queue, second);
    await sendEach(queue, "g2-m1");
    expect(await second.bodies).toEqual(["g2-m1"]);
  });

  test("the second gets the next of the group only when the first is deleted", async () => {
    const queue = await TestQueue.create(attributes);
    const first = await startPoll(queue, ONE);
    const second = await startPoll(queue, ONE);
    await sendEach(queue, "g1-m1", "g1-m2");
    const messages = await first.messages;
    expect(bodiesOf(messages)).toEqual(["g1-m1"]);
    await expectWaiting(queue, second);
    await deleteAll(queue, messages);
    expect(await second.bodies).toEqual(["g1-m2"]);
  });

  test("the second gets the first one's message again when its timeout lapses", async () => {
    const queue = await TestQueue.create({ ...attributes, VisibilityTimeout: "10" });
    const first = await startPoll(queue, ONE);
    const second = await startPoll(queue, ONE);
    await sendEach(queue, "g1-m1", "g1-m2");
    expect(await first.bodies).toEqual(["g1-m1"]);
    await expectWaiting(queue, second);
    pass(10);
    await wakeByAlarm(second);
    expect(await second.bodies).toEqual(["g1-m1"]);
  });

  test("each gets a group of a batch", async () => {
    const queue = await TestQueue.create(attributes);
    const polls = [await startPoll(queue, ONE), await startPoll(queue, ONE)];
    await sendTogether(queue, "g1-m1", "g2-m1");
    const received = await Promise.all(polls.map((poll) => poll.bodies));
    expect(received.flat().toSorted()).toEqual(["g1-m1", "g2-m1"]);
  });
});

test("the wait of a FIFO queue's own is the default, and an explicit 0 overrides it [snap]", async () => {
  for (const { attributes } of KINDS) {
    const queue = await TestQueue.create({ ...attributes, ReceiveMessageWaitTimeSeconds: "20" });
    expect(await queue.receive({ WaitTimeSeconds: 0 })).toEqual([]);
    const poll = await startPoll(queue, { WaitTimeSeconds: undefined });
    await sendEach(queue, "g1-m1");
    expect(await poll.bodies).toEqual(["g1-m1"]);
  }
});

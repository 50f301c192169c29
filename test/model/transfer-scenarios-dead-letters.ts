/**
 * Scenarios of messages that become dead letters, undisturbed: whatever fails, each is in the dead-letter
 * queue in the end, as it was sent. What their queues' owners do meanwhile is in the file of
 * interventions.
 */
import { AFTERWARDS_MS, type Scenario, type Stage } from "./transfer-stage.ts";
import { GROUPS } from "./transfer-trial.ts";

/** Sends, receives and counts at the same time, while what was written before is being confirmed. */
async function amongOtherCalls(stage: Stage): Promise<void> {
  const { trial } = stage;
  const queueName = stage.queue("a");
  for (let round = 0; round < 2; round++) {
    const calls: Promise<unknown>[] = [
      trial.sendOnce(queueName),
      trial.deployment.receive(queueName, 1, 1),
      trial.deployment.counts(queueName),
      trial.deployment.receive(queueName, 1, 1),
      trial.deployment.counts(stage.queue("d")),
    ];
    await trial.ended(Promise.all(calls.map((call) => call.catch(() => undefined))));
  }
  await trial.pass(AFTERWARDS_MS);
}

export const DEAD_LETTER_SCENARIOS: readonly Scenario[] = [
  {
    name: "a message becomes a dead letter",
    setUp: async (stage) => {
      await stage.openPair();
      await stage.trial.send(stage.queue("a"));
      await stage.trial.receivedOnce(stage.queue("a"));
    },
    act: (stage) => stage.receiveRepeatedly("a"),
    judge: (stage) => stage.isIn("d", [1]),
  },
  {
    name: "two messages become dead letters",
    setUp: (stage) => stage.twoReceivedOnce(),
    act: (stage) => stage.receiveRepeatedly("a"),
    judge: (stage) => stage.isIn("d", [1, 2]),
  },
  {
    name: "messages become dead letters while others send, receive and count",
    setUp: (stage) => stage.twoReceivedOnce(),
    act: amongOtherCalls,
    judge: () => [],
  },
  {
    name: "a dead letter becomes one of the next queue, another of the first",
    setUp: async (stage) => {
      await stage.open("e");
      await stage.open("d", "e");
      await stage.open("a", "d");
      await stage.trial.deadLetters(stage.queue("a"), [GROUPS[0]]);
      await stage.trial.receivedOnce(stage.queue("d"));
      await stage.trial.send(stage.queue("a"));
      await stage.trial.receivedOnce(stage.queue("a"));
    },
    act: async (stage) => {
      await stage.receiveRepeatedly("d");
      await stage.receiveRepeatedly("a");
    },
    judge: (stage) => [...stage.isIn("e", [1]), ...stage.isIn("d", [2])],
  },
  {
    name: "a queue is its own dead-letter queue",
    setUp: async (stage) => {
      await stage.open("a", "a");
      await stage.trial.send(stage.queue("a"));
      await stage.trial.send(stage.queue("a"));
      await stage.trial.receivedOnce(stage.queue("a"));
    },
    act: async (stage) => {
      await stage.trial.receive(stage.queue("a"));
      await stage.trial.pass(AFTERWARDS_MS);
    },
    judge: (stage) => stage.isIn("a", [1, 2]),
  },
];

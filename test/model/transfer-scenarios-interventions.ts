/**
 * Scenarios of messages that move while the owner of their queues intervenes: deletes one, creates it
 * again, purges it, denies it, or cancels a task. It may happen after any event, also together with
 * whatever fails.
 */
import { GONE, type Scenario } from "./transfer-stage.ts";
import { TASK } from "./transfer-trial.ts";

export const INTERVENTIONS: readonly Scenario[] = [
  {
    name: "a move task is cancelled",
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: async (stage) => {
      const { trial } = stage;
      await trial.repeated(() => trial.deployment.cancelTask(stage.queue("d"), TASK));
    },
    judge: (stage) => stage.endedAs(["CANCELLED", "COMPLETED"]),
  },
  {
    name: "the dead-letter queue is deleted",
    setUp: (stage) => stage.twoReceivedOnce(),
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: (stage) => stage.trial.deletion(stage.queue("d")),
    judge: () => [],
  },
  {
    name: "the dead-letter queue is deleted and created again",
    setUp: (stage) => stage.twoReceivedOnce(),
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: async (stage) => {
      await stage.trial.deletion(stage.queue("d"));
      await stage.createAgain("d");
    },
    judge: () => [],
  },
  {
    name: "the dead-letter queue denies its source",
    setUp: (stage) => stage.twoReceivedOnce(),
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: async (stage) => {
      const change = { redriveAllowPolicy: JSON.stringify({ redrivePermission: "denyAll" }) };
      const { deployment } = stage.trial;
      await stage.trial.repeated(() => deployment.set(stage.queue("d"), change));
    },
    judge: () => [],
  },
  {
    name: "the source is purged",
    setUp: (stage) => stage.twoReceivedOnce(),
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: (stage) => stage.purge("a"),
    judge: (stage) => stage.isIn("a", []),
  },
  {
    name: "the destination of a move task is deleted and created again",
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: async (stage) => {
      await stage.trial.deletion(stage.queue("c"));
      await stage.createAgain("c");
    },
    judge: (stage) => stage.endedAs(["COMPLETED", GONE], { isCountKnown: false }),
  },
  {
    name: "the dead-letter queue is purged during its move task",
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: (stage) => stage.purge("d"),
    judge: (stage) => [
      ...stage.isIn("d", []),
      ...stage.endedAs(["COMPLETED"], { isCountKnown: false }),
    ],
  },
];

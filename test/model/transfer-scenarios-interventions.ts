/**
 * Scenarios of messages that move while the owner of their queues intervenes: deletes one, creates it
 * again, purges it, denies it, or cancels a task. It may happen after any event, also together with
 * whatever fails.
 */
import { GONE, KINDS, type Scenario } from "./transfer-stage.ts";
import { GROUPS } from "./transfer-trial.ts";

/** Whatever was called when that began is answered, or never will be. */
const CALLS_ARE_OVER_MS = 15_000;

export const INTERVENTIONS: readonly Scenario[] = [
  {
    name: "a move task is cancelled",
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: (stage) => stage.cancelTask("d"),
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
    intervene: (stage) => stage.denyAll("d"),
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
  {
    name: "the source of dead letters is deleted",
    shared: KINDS,
    setUp: (stage) => stage.twoReceivedOnce(),
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: (stage) => stage.trial.deletion(stage.queue("a"), [stage.queue("d")]),
    judge: (stage) => stage.isIn("a", []),
  },
  {
    name: "the source of dead letters is deleted and created again",
    shared: KINDS,
    setUp: (stage) => stage.twoReceivedOnce(),
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: async (stage) => {
      await stage.trial.deletion(stage.queue("a"), [stage.queue("d")]);
      await stage.createAgain("a", "d");
      // Of another group: what the queue before has let leave may arrive later.
      await stage.trial.sendOnce(stage.queue("a"), GROUPS[1]);
    },
    // Nothing of the queue before keeps a message of this one from becoming a dead letter.
    afterwards: async (stage) => {
      await stage.trial.pass(CALLS_ARE_OVER_MS);
      await stage.receiveRepeatedly("a");
      await stage.receiveRepeatedly("a");
    },
    judge: (stage) => stage.isIn("a", []),
  },
  {
    name: "a source is deleted to which dead letters go back",
    shared: KINDS,
    setUp: async (stage) => {
      await stage.twoDeadLetters();
      stage.redrivenTo("a");
    },
    act: (stage) => stage.moveFromDeadLetters(),
    intervene: (stage) => stage.trial.deletion(stage.queue("a")),
    judge: (stage) => [
      ...stage.endedAs(["COMPLETED", GONE], { isCountKnown: false }),
      ...stage.countsWhatLeft("d", 2),
    ],
  },
  {
    name: "a source is deleted and created again to which dead letters go back",
    shared: KINDS,
    setUp: async (stage) => {
      await stage.twoDeadLetters();
      stage.redrivenTo("a");
    },
    act: (stage) => stage.moveFromDeadLetters(),
    intervene: async (stage) => {
      await stage.trial.deletion(stage.queue("a"));
      await stage.createAgain("a");
    },
    judge: (stage) => [
      ...stage.endedAs(["COMPLETED", GONE], { isCountKnown: false }),
      ...stage.countsWhatLeft("d", 2),
    ],
  },
  {
    name: "the dead-letter queue is deleted during its move task",
    shared: KINDS,
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: (stage) => stage.trial.deletion(stage.queue("d"), [stage.queue("c")]),
    judge: (stage) => [...stage.isIn("d", []), ...stage.forgetsTasks("d")],
  },
  {
    name: "the dead-letter queue is deleted and created again during its move task",
    shared: KINDS,
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: async (stage) => {
      await stage.trial.deletion(stage.queue("d"), [stage.queue("c")]);
      await stage.createAgain("d");
      await stage.trial.sendOnce(stage.queue("d"), GROUPS[1]);
    },
    judge: (stage) => [...stage.forgetsTasks("d"), ...stage.hasNew("d", 3)],
  },
];

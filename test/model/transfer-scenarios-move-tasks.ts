/**
 * Scenarios of move tasks, undisturbed: whatever fails, each message is where the task takes it, once, and
 * the task says so and how many they were. What their queues' owners do meanwhile is in the file of
 * interventions.
 */
import { arnOf } from "./transfer-deployment.ts";
import { FIFO_KINDS, GONE, KINDS, type Scenario } from "./transfer-stage.ts";
import { GROUPS } from "./transfer-trial.ts";

const NEXT_TASK = "next task";

export const MOVE_TASK_SCENARIOS: readonly Scenario[] = [
  {
    name: "dead letters go back to their source",
    setUp: async (stage) => {
      await stage.twoDeadLetters();
      stage.redrivenTo("a");
    },
    act: (stage) => stage.moveFromDeadLetters(),
    judge: (stage) => [...stage.isIn("a", [1, 2]), ...stage.endedAs(["COMPLETED"])],
  },
  {
    name: "dead letters of two groups go to another queue",
    kinds: ["queue", "messageGroup"],
    setUp: async (stage) => {
      await stage.openPair();
      await stage.open("c");
      await stage.trial.deadLetters(stage.queue("a"), [...GROUPS, GROUPS[0]]);
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    judge: (stage) => [...stage.isIn("c", [1, 2, 3]), ...stage.endedAs(["COMPLETED"])],
  },
  {
    name: "dead letters go back to two sources",
    shared: ["queue"],
    setUp: async (stage) => {
      await stage.openPair();
      await stage.open("b", "d");
      await stage.trial.deadLetters(stage.queue("a"), [GROUPS[0]]);
      await stage.trial.deadLetters(stage.queue("b"), [GROUPS[0]]);
      stage.redrivenTo("a", "b");
    },
    act: (stage) => stage.moveFromDeadLetters(),
    judge: (stage) => [
      ...stage.isIn("a", [1]),
      ...stage.isIn("b", [2]),
      ...stage.endedAs(["COMPLETED"]),
    ],
  },
  {
    name: "dead letters go back, but for one that came from nowhere",
    shared: ["messageGroup"],
    setUp: async (stage) => {
      await stage.openPair();
      await stage.trial.deadLetters(stage.queue("a"), [GROUPS[0]]);
      await stage.trial.send(stage.queue("d"), GROUPS[1]);
      stage.redrivenTo("a");
    },
    act: (stage) => stage.moveFromDeadLetters(),
    judge: (stage) => [...stage.endedAs(["CouldNotDetermineMessageSource"])],
  },
  {
    name: "dead letters go back, but for one of a queue that is closed to the task",
    shared: KINDS,
    setUp: async (stage) => {
      await stage.openPair();
      await stage.open("b", "d");
      await stage.trial.deadLetters(stage.queue("a"), [GROUPS[0]]);
      await stage.trial.deadLetters(stage.queue("b"), [GROUPS[0]]);
      stage.redrivenTo("a");
    },
    act: (stage) => {
      const returnsTo = [arnOf(stage.queue("a"))];
      return stage.moveFromDeadLetters(undefined, { returnsTo });
    },
    judge: (stage) => [
      ...stage.isIn("a", [1]),
      ...stage.isIn("b", []),
      ...stage.isIn("d", [2]),
      ...stage.endedAs(["AccessDenied"]),
    ],
  },
  {
    name: "dead letters go to another queue slowly",
    shared: ["messageGroup"],
    setUp: async (stage) => {
      await stage.openPair();
      await stage.open("c");
      await stage.trial.deadLetters(stage.queue("a"), new Array<string>(3).fill(GROUPS[0]));
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c", { maxMessagesPerSecond: 1 }),
    judge: (stage) => [...stage.isIn("c", [1, 2, 3]), ...stage.endedAs(["COMPLETED"])],
  },
  {
    name: "a move task begins as soon as another has failed",
    shared: FIFO_KINDS,
    setUp: async (stage) => {
      await stage.openPair();
      await stage.open("b", "d");
      await stage.open("c");
      await stage.trial.deadLetters(stage.queue("a"), [GROUPS[0]]);
      await stage.trial.deadLetters(stage.queue("b"), [GROUPS[1]]);
      await stage.trial.ended(stage.trial.deletion(stage.queue("b")));
      stage.redrivenTo("a", "c");
    },
    act: async (stage) => {
      await stage.moveFromDeadLetters();
      await stage.moveFromDeadLetters("c", { taskId: NEXT_TASK });
    },
    judge: (stage) => [
      ...stage.endedAs([GONE], { to: [stage.queue("a")] }),
      ...stage.endedAs(["COMPLETED"], { id: NEXT_TASK, to: [stage.queue("c")] }),
    ],
  },
];

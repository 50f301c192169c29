/**
 * Scenarios of a client that deletes a message with a handle that it has, while that message moves, and
 * perhaps its move is taken back. A standard queue's handle is good for ever: what was deleted does not
 * come back to the queue, and is in the other one only if it had been on its way. A FIFO queue's has
 * lapsed, so nothing is deleted by it.
 */
import { KINDS, type Scenario, type Stage } from "./transfer-stage.ts";

/** A pair of deletion and something else, at the same moment. */
type Companion = { readonly what: string; readonly act: (stage: Stage) => Promise<void> };

const NOTHING: Companion = { what: "", act: async () => {} };

const TO_DEAD_LETTERS = { target: "d" } as const;
const TO_DESTINATION = { target: "c" } as const;

function deletedDeadLetter({ what, act }: Companion): Scenario {
  return {
    name: `a message that becomes a dead letter is deleted${what}`,
    shared: KINDS,
    setUp: async (stage) => {
      await stage.openPair();
      await stage.trial.send(stage.queue("a"));
      await stage.trial.send(stage.queue("a"));
      await stage.hold("a");
    },
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: async (stage) => {
      await Promise.all([stage.deleteHeld("a", TO_DEAD_LETTERS), act(stage)]);
    },
    judge: (stage) => stage.isHeldDeletedFrom("a", TO_DEAD_LETTERS),
  };
}

function deletedRedriven({ what, act }: Companion): Scenario {
  return {
    name: `a dead letter that moves on is deleted${what}`,
    shared: KINDS,
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      await stage.hold("d");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: async (stage) => {
      await Promise.all([stage.deleteHeld("d", TO_DESTINATION), act(stage)]);
    },
    judge: (stage) => stage.isHeldDeletedFrom("d", TO_DESTINATION),
  };
}

export const DELETIONS: readonly Scenario[] = [
  deletedDeadLetter(NOTHING),
  deletedDeadLetter({
    what: ", and the dead-letter queue with it",
    act: (stage) => stage.trial.deletion(stage.queue("d")),
  }),
  deletedDeadLetter({
    what: " when the dead-letter queue denies its source",
    act: (stage) => stage.denyAll("d"),
  }),
  deletedRedriven(NOTHING),
  deletedRedriven({
    what: ", and its destination with it",
    act: (stage) => stage.trial.deletion(stage.queue("c")),
  }),
  deletedRedriven({
    what: " when its task is cancelled",
    act: (stage) => stage.cancelTask("d"),
  }),
];

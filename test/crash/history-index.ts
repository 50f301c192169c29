/**
 * HistoryIndex: a history, sorted by message. It answers what the rules ask again and again: which
 * deliveries a message had, which deletes and changes of visibility named it, and until when an
 * indeterminate receive may have taken effect. It holds no rule.
 */
import type {
  ChangeVisibilityOperation,
  DeleteOperation,
  Delivery,
  History,
  ReceiveOperation,
  SendOperation,
} from "./history.ts";

/** One delivery with the receive it came in. */
export type SeenDelivery = { readonly delivery: Delivery; readonly receive: ReceiveOperation };

/** Everything that happened to one message, under the uid its body carries. */
export type MessageStory = {
  readonly uid: string;
  readonly sends: SendOperation[];
  /** By receive count, then by the receive's start. */
  readonly deliveries: SeenDelivery[];
  /** "ok" and "info" ones: a delete that was refused says nothing. */
  readonly deletes: DeleteOperation[];
  readonly changes: ChangeVisibilityOperation[];
  /** From when on it may have been in the dead-letter queue; never: infinity. */
  readonly maybeLeftAtMs: number;
};

/** Of the messages that left the queue for its dead-letter queue, by uid: when that can have been. */
export type Departures = ReadonlyMap<string, number>;

/** An indeterminate receive, and the latest moment at which it can have taken effect. */
export type PossibleReceive = { readonly startedAtMs: number; readonly latestEffectAtMs: number };

export type HistoryIndex = {
  readonly stories: ReadonlyMap<string, MessageStory>;
  readonly possibleReceives: readonly PossibleReceive[];
};

const NONE_LEFT: Departures = new Map();

export function indexHistory(history: History, departures: Departures = NONE_LEFT): HistoryIndex {
  const stories = new Map<string, MessageStory>();
  const storyOf = (uid: string): MessageStory => {
    const story = stories.get(uid) ?? newStory(uid, departures);
    stories.set(uid, story);
    return story;
  };
  for (const operation of history) {
    if (operation.kind === "send") storyOf(operation.uid).sends.push(operation);
    if (operation.kind !== "receive") continue;
    for (const delivery of operation.deliveries) {
      storyOf(delivery.uid).deliveries.push({ delivery, receive: operation });
    }
  }
  attachByHandle(history, stories);
  for (const story of stories.values()) sortStory(story);
  return { stories, possibleReceives: listPossibleReceives(history) };
}

/** Deletes and changes of visibility name a message by the handle of one of its deliveries. */
function attachByHandle(history: History, stories: ReadonlyMap<string, MessageStory>): void {
  const storyByHandle = new Map<string, MessageStory>();
  for (const story of stories.values()) {
    for (const { delivery } of story.deliveries) storyByHandle.set(delivery.receiptHandle, story);
  }
  for (const operation of history) {
    if (operation.kind !== "delete" && operation.kind !== "change-visibility") continue;
    if (operation.outcome === "fail") continue;
    const story = storyByHandle.get(operation.receiptHandle);
    if (operation.kind === "delete") story?.deletes.push(operation);
    else story?.changes.push(operation);
  }
}

function newStory(uid: string, departures: Departures): MessageStory {
  const maybeLeftAtMs = departures.get(uid) ?? Number.POSITIVE_INFINITY;
  return { uid, sends: [], deliveries: [], deletes: [], changes: [], maybeLeftAtMs };
}

function sortStory(story: MessageStory): void {
  story.deliveries.sort(
    (a, b) =>
      a.delivery.receiveCount - b.delivery.receiveCount ||
      a.receive.startedAtMs - b.receive.startedAtMs,
  );
  story.changes.sort((a, b) => a.startedAtMs - b.startedAtMs);
}

function listPossibleReceives(history: History): PossibleReceive[] {
  const deaths: number[] = [];
  for (const operation of history) if (operation.kind === "death") deaths.push(operation.atMs);
  deaths.sort((a, b) => a - b);
  const possible: PossibleReceive[] = [];
  for (const operation of history) {
    if (operation.kind !== "receive" || operation.outcome !== "info") continue;
    const { startedAtMs, endedAtMs } = operation;
    // A mark before the client gave up may be of the server before: the kinder reading is the next.
    const latestEffectAtMs = deaths.find((atMs) => atMs >= endedAtMs) ?? Number.POSITIVE_INFINITY;
    possible.push({ startedAtMs, latestEffectAtMs });
  }
  return possible.sort((a, b) => a.startedAtMs - b.startedAtMs);
}

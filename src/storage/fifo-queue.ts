/**
 * FifoQueue: what the object of a FIFO queue holds beside the queue's record, as a synchronous machine
 * over SQL: in scope `queue` the door (who is let in, under which number), the journal and the outbox
 * of what was let in; in both scopes the index of the message groups. The messages themselves belong
 * to the groups.
 *
 * Invariants:
 * - What was let in is in the journal, or its group has it.
 * - Every group that may hold anything has its entry on disk.
 */
import { deadLetterTerms } from "../domain/dead-letter-terms.ts";
import { encryptionTermsOf } from "../domain/encryption-terms.ts";
import type { FifoTerms } from "../domain/fifo-terms.ts";
import { GroupOutbox } from "../domain/group-outbox.ts";
import type { GroupStanding } from "../domain/group-standing.ts";
import { queueObjectName, queueUidText } from "../domain/object-name.ts";
import { type OrderedMessage, sequenceOf } from "../domain/ordered-shipment.ts";
import type { QueueRecord } from "../domain/queue-record.ts";
import { ReadyGroups } from "../domain/ready-groups.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { SentMessage } from "../domain/sent-message.ts";
import type { Arrival } from "../domain/transfer-batch.ts";
import { AcceptanceJournal } from "./acceptance-journal.ts";
import { Admission } from "./admission.ts";
import { DeduplicationRows } from "./deduplication-rows.ts";
import type { GroupEntries } from "./group-entries.ts";
import { GroupSnapshot } from "./group-snapshot.ts";
import { MoveTasks } from "./move-tasks.ts";
import { ReceiveAttempts } from "./receive-attempts.ts";
import type { Sql } from "./sql.ts";
import { TransferMarks } from "./transfer-marks.ts";

/** Names read from disk at a time, after a restart. */
const READ_AHEAD = 256;
/** Groups in memory; of the others only the names are on disk until these have been asked. */
const KNOWN_GROUPS_MAX = 50_000;
/** Beyond these, a group is not known either that has something now. */
const READY_GROUPS_MAX = 150_000;
/** Asking so many anew costs less than a row or two. */
const SNAPSHOT_GROUPS_MIN = 64;

const NO_ENTRIES = new Uint8Array(0);

export class FifoQueue {
  readonly kind = "fifo";
  readonly groups = new ReadyGroups();
  readonly outbox = new GroupOutbox();
  readonly entries: GroupEntries;
  readonly attempts: ReceiveAttempts;
  readonly marks: TransferMarks;
  readonly moveTasks: MoveTasks;
  record: QueueRecord;
  readonly #admission = new Admission();
  readonly #deduplicationRows: DeduplicationRows;
  readonly #journal: AcceptanceJournal;
  readonly #snapshot: GroupSnapshot;
  #unwritten: OrderedMessage[] = [];
  #unwrittenEntries: string[] = [];
  /** Made anew when the record changes: they are asked for on every call. */
  #terms: FifoTerms;
  #termsOf: QueueRecord;
  /** Names up to this one were read from disk; undefined when all were. */
  #readUpTo: string | undefined;

  constructor(sql: Sql, record: QueueRecord, entries: GroupEntries) {
    this.record = record;
    this.#termsOf = record;
    this.#terms = this.#makeTerms();
    this.entries = entries;
    this.attempts = new ReceiveAttempts(sql);
    this.marks = new TransferMarks(sql);
    this.moveTasks = new MoveTasks(sql);
    this.#snapshot = new GroupSnapshot(sql);
    this.#deduplicationRows = new DeduplicationRows(sql);
    this.#journal = new AcceptanceJournal(sql, this.#deduplicationRows);
  }

  /**
   * Rebuilds memory from disk. Unless the queue was at rest, the groups are asked how they stand when
   * somebody receives.
   */
  recover(nowMs: number): void {
    this.#deduplicationRows.readEach((packed) => this.#admission.load(packed, nowMs));
    for (const packed of this.#journal.entries()) this.#admission.load(packed, nowMs);
    // Of what a purge dropped, the groups still know the numbers.
    this.#admission.reached(Math.max(this.#journal.lastSequence, this.record.purgedSequence));
    for (const message of this.#journal.pending()) this.outbox.add(message);
    const snapshot = this.#snapshot.read();
    if (snapshot === undefined) this.#readUpTo = "";
    for (const { messageGroupId, standing } of snapshot ?? []) {
      this.groups.learn(messageGroupId, standing);
    }
  }

  get uid(): string {
    return queueUidText(this.record.issuer.uid);
  }

  get terms(): FifoTerms {
    if (this.#termsOf !== this.record) {
      this.#termsOf = this.record;
      this.#terms = this.#makeTerms();
    }
    return this.#terms;
  }

  #makeTerms(): FifoTerms {
    const { identity, issuer, creationScope, purgedSequence, attributes } = this.record;
    const deadLetter = deadLetterTerms(identity, attributes.redrivePolicy);
    return {
      queueObjectName: queueObjectName(identity.accountId, identity.region, identity.queueName),
      issuer,
      scope: creationScope,
      purgedSequence,
      isContentBasedDeduplication: attributes.isContentBasedDeduplication,
      maximumMessageBytes: attributes.maximumMessageBytes,
      delaySeconds: attributes.delaySeconds,
      retentionSeconds: attributes.retentionSeconds,
      visibilityTimeoutSeconds: attributes.visibilityTimeoutSeconds,
      encryption: encryptionTermsOf(attributes),
      ...(deadLetter === undefined ? {} : { deadLetter }),
    };
  }

  /** Lets messages in, or not; the answer may leave when the next `write` is confirmed. */
  accept(messages: readonly OrderedMessage[], nowMs: number): (SentMessage | Refusal)[] {
    const { terms } = this;
    this.#snapshot.drop();
    return messages.map((message) => {
      const admitted = this.#admission.admit(message, terms, nowMs);
      if (admitted.kind === "refused") return admitted.refusal;
      if (admitted.kind === "new") this.#unwritten.push(message);
      return admitted.sent;
    });
  }

  /**
   * Takes messages of another queue that have not come before; returns the number up to which all are
   * here. What is a duplicate of what is not asked: the source has seen to that.
   */
  acceptTransfer(
    messageGroupId: string,
    channel: string,
    arrivals: readonly Arrival[],
    nowMs: number,
  ): number {
    return this.marks.admit(channel, arrivals, ({ id, payload }) => {
      this.#snapshot.drop();
      this.#admission.number(payload, nowMs);
      const sizeBytes = payload.byteLength;
      const known = { deduplicationId: "", isContentBased: false };
      this.#unwritten.push({ id, payload, sizeBytes, messageGroupId, ...known });
    });
  }

  /** Of all that was let in. */
  get lastSequence(): number {
    return this.#admission.lastSequence;
  }

  get hasUnwritten(): boolean {
    if (this.#unwritten.length > 0 || this.#unwrittenEntries.length > 0) return true;
    return this.marks.hasUnwritten || this.moveTasks.hasUnwritten;
  }

  /** Puts on disk what was let in since, from where it goes to the groups. */
  write(nowMs: number): void {
    const messages = this.#unwritten;
    // What came from another queue has none.
    const entries = this.#admission.takeEntries(nowMs) ?? NO_ENTRIES;
    const first = messages[0];
    if (first !== undefined) {
      const handedBelow = this.outbox.firstSequence ?? sequenceOf(first.payload);
      const isOnItsWay = (sequence: number) => this.outbox.holds(sequence);
      this.#journal.write(messages, entries, { handedBelow, nowMs, isOnItsWay });
    }
    this.#unwritten = [];
    for (const message of messages) {
      const { messageGroupId } = message;
      if (!this.groups.has(messageGroupId)) this.#enter(messageGroupId);
      // Groups are served in the order in which they were sent to, not in that of their answers.
      if (this.groups.size < KNOWN_GROUPS_MAX) this.groups.suspect(messageGroupId);
      this.outbox.add(message);
    }
    for (const messageGroupId of this.#unwrittenEntries) this.#enter(messageGroupId);
    this.#unwrittenEntries = [];
    this.marks.write(nowMs);
    this.moveTasks.write();
  }

  /** What a group said in answer to a call, by the terms that it was called with. */
  learn(messageGroupId: string, standing: GroupStanding, { delaySeconds } = this.terms): void {
    this.#snapshot.drop();
    const isNew = !this.groups.has(messageGroupId);
    const max = standing.readyCount > 0 ? READY_GROUPS_MAX : KNOWN_GROUPS_MAX;
    if (isNew && this.groups.size >= max) {
      this.#readUpTo ??= "";
      return;
    }
    this.groups.learn(messageGroupId, standing);
    // By another delay than the queue's of now, it says nothing of when the group is ready.
    const isOutdated = delaySeconds !== this.terms.delaySeconds;
    if (isOutdated && this.groups.has(messageGroupId)) this.groups.postpone(messageGroupId, 0);
  }

  /** A group says that it has something; it is on disk with the next `write`. */
  announced(messageGroupId: string, standing: GroupStanding): void {
    if (!this.groups.has(messageGroupId)) this.#unwrittenEntries.push(messageGroupId);
    this.learn(messageGroupId, standing);
  }

  /** Has every group hear of the queue's terms, however many: what their alarms do rests on these. */
  tellAll(): void {
    this.entries.beginPurge();
  }

  /** What the groups said of when they are ready does not hold any more: each is asked anew. */
  suspectAll(): void {
    this.#snapshot.drop();
    this.groups.suspectAll();
  }

  /** Whether writing down how the groups stand would save asking many of them. */
  get hasManyGroups(): boolean {
    return this.groups.size >= SNAPSHOT_GROUPS_MIN;
  }

  /** Whether all is known and nothing is on its way. */
  get isWorthSnapshot(): boolean {
    if (this.#snapshot.isOnDisk || !this.hasManyGroups) return false;
    return this.#readUpTo === undefined && this.outbox.count === 0 && !this.hasUnwritten;
  }

  /** Writes down how the groups stand, if all of them have said so. */
  writeSnapshot(): void {
    const standings = this.groups.standings();
    if (standings !== undefined) this.#snapshot.write(standings);
  }

  /** Reads more names of groups that may have something; false when all were read. */
  readMoreGroups(): boolean {
    const readUpTo = this.#readUpTo;
    if (readUpTo === undefined || this.groups.size >= KNOWN_GROUPS_MAX) return false;
    const names = this.entries.namesAfter(this.uid, readUpTo, READ_AHEAD);
    for (const messageGroupId of names) this.groups.suspect(messageGroupId);
    this.#readUpTo = names.length < READ_AHEAD ? undefined : names.at(-1);
    return names.length > 0;
  }

  /**
   * Lets an empty group forget everything, unless messages are on their way to it. The number up to
   * which it had them is kept here from then on, so that they are not sent to it again.
   */
  release(messageGroupId: string, lastSequence: number): boolean {
    const { firstSequence } = this.outbox;
    if (firstSequence !== undefined && firstSequence <= lastSequence) return false;
    if (this.outbox.has(messageGroupId)) return false;
    // What it has moved is not counted yet.
    if (this.moveTasks.asked.some((asked) => asked.messageGroupId === messageGroupId)) return false;
    if (this.#unwritten.some((message) => message.messageGroupId === messageGroupId)) return false;
    // What the next commit will write has not reached its group either.
    const [unwritten] = this.#unwritten;
    const unwrittenSequence = unwritten === undefined ? undefined : sequenceOf(unwritten.payload);
    this.#journal.mark(firstSequence ?? unwrittenSequence ?? this.#admission.lastSequence + 1);
    this.entries.remove({ queueUid: this.uid, messageGroupId });
    this.groups.forget(messageGroupId);
    return true;
  }

  /** Drops everything here; the groups drop theirs when they hear of it. */
  purge(): void {
    this.#dropMessages();
    // What is let in from now on has a greater number than what the purge reaches.
    this.#admission.reached(this.record.purgedSequence);
    this.entries.beginPurge();
  }

  /** Drops everything here but the entries, by which the groups are found. */
  delete(): void {
    this.#dropMessages();
    this.entries.endPurge();
    this.entries.orphaned();
  }

  #dropMessages(): void {
    this.#admission.clear();
    this.#deduplicationRows.clear();
    this.#journal.clear();
    this.attempts.clear();
    this.outbox.clear();
    this.groups.clear();
    this.#snapshot.drop();
    this.#unwritten = [];
    this.#readUpTo = undefined;
  }

  #enter(messageGroupId: string): void {
    this.entries.add({ queueUid: this.uid, messageGroupId });
  }
}

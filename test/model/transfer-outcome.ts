/**
 * TransferOutcome: where messages were found when failures had stopped, and what of it cannot be: each
 * message is in exactly one queue, as it was sent, and all counters agree with that.
 */
import { isActive, type MoveTask } from "../../src/domain/move-task.ts";
import { queueKind } from "../../src/domain/queue-name.ts";
import type { MessageCounts } from "../../src/storage/logged-message.ts";
import type { Shown, TestMessage } from "./transfer-deployment.ts";

export type Sent = TestMessage & {
  readonly queueName: string;
  /** In the order of sending. */
  readonly number: number;
  readonly sentAtMs: number;
};

export type Found = { readonly queueName: string; readonly shown: Shown };

export class TransferOutcome {
  readonly found: Found[] = [];
  readonly counts = new Map<string, MessageCounts>();
  readonly tasks: MoveTask[] = [];
  /** Bodies of messages that may be nowhere: they were deleted, or their queue was. */
  readonly mayBeGone = new Set<string>();
  /** What is found in these has come by a move task. */
  readonly redrivenTo = new Set<string>();
  /** Whether messages may have moved so often that nobody knows their ids and order. */
  isMixed = false;

  foundIn(queueName: string): string[] {
    return this.found.filter((one) => one.queueName === queueName).map(({ shown }) => shown.body);
  }

  flaws(sent: readonly Sent[]): string[] {
    const byBody = new Map(sent.map((message) => [message.body, message]));
    return [
      ...sent.flatMap((message) => this.#placeFlaws(message)),
      ...this.found.flatMap((one) => this.#shownFlaws(one, byBody.get(one.shown.body))),
      ...this.#countFlaws(),
      ...this.tasks.filter(isActive).map(({ status }) => `a task is ${status} for ever`),
      ...(this.isMixed ? [] : this.#orderFlaws(byBody)),
    ];
  }

  #placeFlaws({ body }: Sent): string[] {
    const places = this.found.filter(({ shown }) => shown.body === body);
    const names = places.map(({ queueName }) => queueName).join();
    if (places.length > 1) return [`${body} is doubled: ${names}`];
    return places.length === 0 && !this.mayBeGone.has(body) ? [`${body} is lost`] : [];
  }

  #shownFlaws({ queueName, shown }: Found, sent: Sent | undefined): string[] {
    const { body, messageId, receiveCount, sentAtMs } = shown;
    if (sent === undefined) return [`nobody sent ${body}`];
    if (this.isMixed) return [];
    const flaws: string[] = [];
    const isRedriven = this.redrivenTo.has(queueName);
    const isDeadLetter = shown.deadLetterSourceArn !== undefined;
    if ((messageId === sent.messageId) === isRedriven) flaws.push(`${body} has another id`);
    if (isRedriven && receiveCount !== 1) flaws.push(`${body} was received ${receiveCount} times`);
    if (isDeadLetter && receiveCount < 2) flaws.push(`${body} has forgotten its receives`);
    const isStandard = queueKind(queueName) === "standard";
    if (isStandard && isDeadLetter && sentAtMs > sent.sentAtMs + 100) {
      flaws.push(`${body} has forgotten when it was sent`);
    }
    return flaws;
  }

  #countFlaws(): string[] {
    const flaws: string[] = [];
    for (const [queueName, { visible, inFlight, delayed }] of this.counts) {
      const foundCount = this.foundIn(queueName).length;
      if (visible === foundCount && inFlight === 0 && delayed === 0) continue;
      const counted = `${visible}, ${inFlight} in flight and ${delayed} delayed`;
      flaws.push(`${queueName} counts ${counted}, and has ${foundCount}`);
    }
    return flaws;
  }

  #orderFlaws(byBody: ReadonlyMap<string, Sent>): string[] {
    const flaws: string[] = [];
    const latest = new Map<string, number>();
    for (const { queueName, shown } of this.found) {
      const sent = byBody.get(shown.body);
      if (sent === undefined || queueKind(queueName) === "standard") continue;
      const line = `${queueName} ${sent.messageGroupId}`;
      if (sent.number < (latest.get(line) ?? 0)) flaws.push(`${shown.body} has lost its place`);
      latest.set(line, sent.number);
    }
    return flaws;
  }
}

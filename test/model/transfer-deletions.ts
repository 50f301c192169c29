/**
 * Deletions: which messages clients were told are deleted, and in which queue. Such an answer holds for
 * ever: no receive that begins later brings the message from that queue, whatever moved it meanwhile, or
 * took its move back. What had reached another queue by then is a message of that queue. Knows no engine.
 */
type Shown = { readonly messageId: string; readonly body: string };

export class Deletions {
  readonly #answeredAtMs = new Map<string, number>();

  answered(queueName: string, { messageId }: Shown, nowMs: number): void {
    const key = keyOf(queueName, messageId);
    this.#answeredAtMs.set(key, Math.min(nowMs, this.#answeredAtMs.get(key) ?? nowMs));
  }

  /** What is wrong with what a receive has brought that began then. */
  flaws(queueName: string, received: readonly Shown[], beganAtMs: number): string[] {
    return received.flatMap(({ messageId, body }) => {
      const answeredAtMs = this.#answeredAtMs.get(keyOf(queueName, messageId));
      if (answeredAtMs === undefined || beganAtMs <= answeredAtMs) return [];
      return [`${body} came from ${queueName} after it was deleted there`];
    });
  }
}

function keyOf(queueName: string, messageId: string): string {
  return `${queueName} ${messageId}`;
}

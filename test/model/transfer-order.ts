/**
 * MovedOrder: what receivers of FIFO queues see of the order in which dead letters arrive. Those of one
 * message group that came from one queue are in the other in the order that they had. Goes by what was
 * received alone: a message that nobody saw before it moved says nothing. Knows no engine.
 */
type Seen = {
  readonly messageId: string;
  readonly body: string;
  /** In the queue that it was received from. */
  readonly sequence: number;
  readonly deadLetterSourceArn: string | undefined;
};

type Arrival = { readonly body: string; readonly before: number; readonly after: number };

export class MovedOrder {
  /** By queue and message id: a dead letter keeps its id, and what a task moves has another. */
  readonly #sequences = new Map<string, number>();
  /** By the two queues and the group, and by message id. */
  readonly #lines = new Map<string, Map<string, Arrival>>();

  seen(queueArn: string, messageGroupId: string, { messageId, body, ...seen }: Seen): void {
    const { sequence: after, deadLetterSourceArn: sourceArn } = seen;
    this.#sequences.set(`${queueArn} ${messageId}`, after);
    const before = this.#sequences.get(`${sourceArn} ${messageId}`);
    if (sourceArn === undefined || before === undefined || sourceArn === queueArn) return;
    const name = `${sourceArn} ${queueArn} ${messageGroupId}`;
    const line = this.#lines.get(name) ?? new Map<string, Arrival>();
    line.set(messageId, { body, before, after });
    this.#lines.set(name, line);
  }

  flaws(): string[] {
    return [...this.#lines.values()].flatMap((line) => {
      const arrivals = [...line.values()].sort((a, b) => a.before - b.before);
      return arrivals.flatMap(({ body, after }, place) => {
        const ahead = arrivals[place - 1];
        return ahead === undefined || ahead.after < after
          ? []
          : [`${body} was behind ${ahead.body} and has arrived before it`];
      });
    });
  }
}

/**
 * AlarmClock: the object's one alarm. It is moved only when something is due earlier than it is
 * armed for, because setting it writes a row; a handler that comes too early finds nothing to do and
 * arms it anew. Asking again on every commit makes a lost alarm harmless.
 */

/**
 * The platform fires within milliseconds, or up to a minute late in a failover; it also gives alarms
 * up without a word. One that is overdue by more than this counts as lost.
 */
const LOST_AFTER_MS = 5_000;

export class AlarmClock {
  readonly #storage: DurableObjectStorage;
  #armedAtMs: number | undefined;
  #setCount = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  get setCount(): number {
    return this.#setCount;
  }

  /** Learns, at the object's start, what is armed on disk. What a lost alarm was for is due now. */
  async load(nowMs: () => number): Promise<void> {
    const armedAtMs = (await this.#storage.getAlarm()) ?? undefined;
    this.#armedAtMs = armedAtMs;
    if (armedAtMs !== undefined) this.arm(Math.max(armedAtMs, nowMs()), nowMs());
  }

  /** Forgets the alarm that just went off. */
  wentOff(): void {
    this.#armedAtMs = undefined;
  }

  isArmedBy(atMs: number, nowMs: number): boolean {
    const armedAtMs = this.#armedAtMs;
    if (armedAtMs === undefined || armedAtMs < nowMs - LOST_AFTER_MS) return false;
    return armedAtMs <= atMs;
  }

  /** Sees to it that the alarm goes off at `atMs` or before. */
  arm(atMs: number, nowMs: number): void {
    if (this.isArmedBy(atMs, nowMs)) return;
    this.#armedAtMs = atMs;
    this.#setCount++;
    // A write that fails breaks the output gate, which resets the object: nobody has to wait for it.
    void this.#storage.setAlarm(atMs);
  }
}

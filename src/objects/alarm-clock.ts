/**
 * AlarmClock: the object's one alarm. It is moved only when something is due earlier than it is
 * armed for, because setting it writes a row; a handler that comes too early finds nothing to do and
 * arms it anew. Asking again on every commit makes a lost alarm harmless.
 */
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

  /** Learns, at the object's start, what is armed on disk. */
  async load(): Promise<void> {
    this.#armedAtMs = (await this.#storage.getAlarm()) ?? undefined;
  }

  /** Forgets the alarm that just went off. */
  wentOff(): void {
    this.#armedAtMs = undefined;
  }

  isArmedBy(atMs: number): boolean {
    return this.#armedAtMs !== undefined && this.#armedAtMs <= atMs;
  }

  /** Sees to it that the alarm goes off at `atMs` or before. */
  arm(atMs: number): void {
    if (this.isArmedBy(atMs)) return;
    this.#armedAtMs = atMs;
    this.#setCount++;
    // A write that fails breaks the output gate, which resets the object: nobody has to wait for it.
    void this.#storage.setAlarm(atMs);
  }
}

/**
 * DueHeap: a binary heap of entries by the instant at which each is due. It knows nothing about
 * what its entries mean; removing an entry early is the owner's business (it recognises outdated
 * entries when they come up, and has the heap rebuilt when too many have gathered).
 */
export class DueHeap<T extends { readonly dueAtMs: number }> {
  #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  peek(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    const entries = this.#entries;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = entries[parentAt];
      if (parent === undefined || parent.dueAtMs <= entry.dueAtMs) break;
      entries[at] = parent;
      at = parentAt;
    }
    entries[at] = entry;
  }

  /** Takes the earliest entry if it is due by `nowMs`. */
  popDue(nowMs: number): T | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    const last = this.#entries.pop();
    if (last !== undefined && this.#entries.length > 0) this.#sink(last, 0);
    return first;
  }

  /** Keeps only the entries that pass; O(n). */
  retain(isCurrent: (entry: T) => boolean): void {
    const kept = this.#entries.filter(isCurrent);
    this.#entries = kept;
    for (let at = (kept.length >> 1) - 1; at >= 0; at--) {
      const entry = kept[at];
      if (entry !== undefined) this.#sink(entry, at);
    }
  }

  clear(): void {
    this.#entries = [];
  }

  #sink(entry: T, from: number): void {
    const entries = this.#entries;
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = entries[childAt];
      if (child === undefined) break;
      const right = entries[childAt + 1];
      if (right !== undefined && right.dueAtMs < child.dueAtMs) {
        childAt++;
        child = right;
      }
      if (child.dueAtMs >= entry.dueAtMs) break;
      entries[at] = child;
      at = childAt;
    }
    entries[at] = entry;
  }
}

/**
 * GroupStanding: what a message group says of itself to its queue: whether a receive would find
 * something, or when. It rides on every answer, and travels alone (as a hint) when nobody asked.
 *
 * Invariant: standings of a group are ordered by their generation; an older one than the known is
 * late and says nothing.
 */
export type GroupStanding = {
  /** Grows with every standing of a group, also over its evictions. */
  readonly generation: number;
  /** From when on a receive finds something, as things stand; absent while there is nothing. */
  readonly readyAtMs?: number;
  /** How many messages a receive would bring now, counted up to what one receive may bring. */
  readonly readyCount: number;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
};

export function isEmptyStanding({ visible, inFlight, delayed }: GroupStanding): boolean {
  return visible + inFlight + delayed === 0;
}

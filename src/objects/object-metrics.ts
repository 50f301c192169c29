/**
 * ObjectMetrics: what the bench reads of an object: the bill, as far as this object makes it, since it
 * was constructed.
 */

export type ObjectMetrics = {
  readonly rowsWritten: number;
  readonly commits: number;
  readonly alarmsSet: number;
  /** Calls of Workers and of other objects, by their names, and alarms; the frequent ones only. */
  readonly calls: Readonly<Record<string, number>>;
};

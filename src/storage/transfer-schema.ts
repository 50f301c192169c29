/**
 * The tables about messages that move between queues, for whoever deletes a queue. What each of them
 * means is said where it is written: `transfer-lanes.ts`, `transfer-marks.ts`, `late-segments.ts`,
 * `move-tasks.ts` and `move-returns.ts`.
 */
import type { Sql } from "./sql.ts";

const TABLES = ["transfer_lane", "transfer_mark", "late_segment", "move_task", "move_return"];

export function dropTransferTables(sql: Sql): void {
  for (const table of TABLES) sql.rows(`DROP TABLE IF EXISTS ${table}`);
}

/**
 * What takes five minutes: single-message groups are made, and forgotten when their deduplication ids
 * expired; in between, a queue gets very many live ones.
 */
import type { Bench } from "./bench.ts";
import { measureLiveIds } from "./fifo-live-ids.ts";
import { measureForgetting, measureSingles } from "./fifo-single.ts";
import type { Report } from "./report.ts";

export async function measureFifoWindows(bench: Bench, report: Report): Promise<void> {
  const singles = await measureSingles(bench);
  await measureLiveIds(bench, report);
  await measureForgetting(bench, report, singles);
}

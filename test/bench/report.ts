/**
 * The report: rows of figures, targets with their verdicts, as tables for people or as JSON. It
 * measures nothing.
 */
import type { Comparison, Ratios } from "./comparison.ts";

/** What a ratio compares: the product's figure over the floor's. */
export type RatioKind = keyof Ratios;

export type Row = {
  readonly name: string;
  readonly callers?: number;
  readonly requestsPerSecond?: number;
  readonly messagesPerSecond?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly floorRequestsPerSecond?: number;
  readonly floorP50Ms?: number;
  readonly ratioKind?: RatioKind;
  readonly ratioToFloor?: number;
  /** The floor behind the relay that the product is behind. */
  readonly relayedFloorRequestsPerSecond?: number;
  readonly ratioToRelayedFloor?: number;
  /** Rows written per message: of its whole life, where the row is about lives. */
  readonly rowsPerMessage?: number;
  readonly clientCpuShare?: number;
  readonly note?: string;
};

export type Target = {
  readonly name: string;
  readonly measured: number;
  readonly bound: "at least" | "at most";
  readonly target: number;
  readonly unit: "" | "rows" | "MB" | "/s" | "us";
};

/** What a message costs over its whole life, by what is billed. */
export type CostRow = {
  readonly name: string;
  readonly callers: number;
  readonly messageCount: number;
  readonly rowsPerMessage: number;
  readonly alarmsPerMessage: number;
  readonly queueRequestsPerMessage: number;
  readonly groupRequestsPerMessage: number;
  readonly workerRequestsPerMessage: number;
  readonly usdPerMillion: number;
};

export type Report = {
  readonly rows: Row[];
  readonly costs: CostRow[];
  readonly targets: Target[];
};

/** NaN holds nothing. */
export function holds(target: Target): boolean {
  return target.bound === "at least"
    ? target.measured >= target.target
    : target.measured <= target.target;
}

export function comparisonRow(
  name: string,
  callers: number,
  ratioKind: RatioKind,
  comparison: Comparison,
): Row {
  const { product, floor, ratios } = comparison;
  return {
    name,
    callers,
    ...product,
    floorRequestsPerSecond: floor.direct.requestsPerSecond,
    floorP50Ms: floor.direct.p50Ms,
    ratioKind,
    ratioToFloor: ratios.direct[ratioKind],
    relayedFloorRequestsPerSecond: floor.relayed.requestsPerSecond,
    ratioToRelayedFloor: ratios.relayed[ratioKind],
    clientCpuShare: comparison.clientCpuShare,
  };
}

export function reportJson(
  report: Report,
  failures: { count: number; examples: readonly string[] },
) {
  const targets = report.targets.map((target) => ({ ...target, holds: holds(target) }));
  return { rows: report.rows, costs: report.costs, targets, failures };
}

export function rowsTable(rows: readonly Row[]): string {
  const header = [
    "",
    "callers",
    "requests/s",
    "messages/s",
    "p50 ms",
    "p99 ms",
    "floor req/s",
    "floor p50",
    "ratio",
    "of",
    "relayed floor",
    "ratio",
    "rows/message",
    "note",
  ];
  const lines = rows.map((row) => [
    row.name,
    integer(row.callers),
    integer(row.requestsPerSecond),
    integer(row.messagesPerSecond),
    decimal(row.p50Ms),
    decimal(row.p99Ms),
    integer(row.floorRequestsPerSecond),
    decimal(row.floorP50Ms),
    decimal(row.ratioToFloor),
    row.ratioKind === undefined ? "" : RATIO_NAMES[row.ratioKind],
    integer(row.relayedFloorRequestsPerSecond),
    decimal(row.ratioToRelayedFloor),
    decimal(row.rowsPerMessage, 3),
    row.note ?? "",
  ]);
  return table([header, ...lines], new Set([0, 9, 13]));
}

export function costsTable(costs: readonly CostRow[]): string {
  const header = [
    "per message",
    "callers",
    "messages",
    "rows",
    "alarms set",
    "queue object",
    "group objects",
    "Worker",
    "USD/million",
  ];
  const lines = costs.map((row) => [
    row.name,
    integer(row.callers),
    integer(row.messageCount),
    decimal(row.rowsPerMessage, 3),
    decimal(row.alarmsPerMessage, 3),
    decimal(row.queueRequestsPerMessage, 3),
    decimal(row.groupRequestsPerMessage, 3),
    decimal(row.workerRequestsPerMessage, 3),
    decimal(row.usdPerMillion),
  ]);
  return table([header, ...lines], new Set([0]));
}

export function targetsTable(targets: readonly Target[]): string {
  const header = ["target", "", "wanted", "measured", ""];
  const lines = targets.map((target) => [
    target.name,
    target.bound,
    `${target.target} ${target.unit}`.trim(),
    decimal(target.measured, 3),
    holds(target) ? "holds" : "falls short",
  ]);
  return table([header, ...lines], new Set([0, 1, 4]));
}

const RATIO_NAMES: Record<RatioKind, string> = {
  requestsToRequests: "req/s",
  messagesToRequests: "msg/s to req/s",
  p50ToP50: "p50",
};

function integer(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "" : Math.round(value).toLocaleString("en");
}

function decimal(value: number | undefined, digits = 2): string {
  return value === undefined || Number.isNaN(value) ? "" : value.toFixed(digits);
}

function table(lines: readonly (readonly string[])[], leftAligned: ReadonlySet<number>): string {
  const widths: number[] = [];
  for (const line of lines) {
    for (const [column, cell] of line.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return leftAligned.has(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return lines.map(format).join("\n");
}

/**
 * The bench: `npm run bench -- [--quick] [--json] [--only NAME]...`. It starts the server and the
 * floor, measures one against the other, and says of every promised figure whether it holds.
 *
 * Measured on this machine, in this minute: compare ratios between runs, not rates.
 */
import { parseArgs } from "node:util";
import { measureAuthentication } from "./authentication.ts";
import { measureBacklogs } from "./backlog.ts";
import { Bench, FULL_PACE, QUICK_PACE } from "./bench.ts";
import { measureDeadLetters, measureLargeRedrive } from "./dead-letters.ts";
import { measureEncryption } from "./encryption.ts";
import { measureFifoGroups } from "./fifo-groups.ts";
import { measureFifoLives } from "./fifo-lives.ts";
import { measureFifoSends } from "./fifo-sends.ts";
import { measureFifoWakeUps } from "./fifo-wake-up.ts";
import { measureFifoWindows } from "./fifo-windows.ts";
import { measureLives } from "./lives.ts";
import { measurePolicies } from "./policy.ts";
import { measureQueryProtocol } from "./query-protocol.ts";
import { costsTable, type Report, reportJson, rowsTable, targetsTable } from "./report.ts";
import { measureDrains, measureSendBatches, measureSends } from "./sends.ts";
import { measureWakeUps } from "./wake-up.ts";

/** In the order in which they run. `backlog` restarts the server. `--only fifo` is all of FIFO. */
const SCENARIOS = {
  send: measureSends,
  "send-batch": measureSendBatches,
  drain: measureDrains,
  lives: measureLives,
  query: measureQueryProtocol,
  encrypted: measureEncryption,
  auth: measureAuthentication,
  "wake-up": measureWakeUps,
  backlog: measureBacklogs,
  "dead-letters": measureDeadLetters,
  redrive: measureLargeRedrive,
  "fifo-send": measureFifoSends,
  "fifo-lives": measureFifoLives,
  "fifo-groups": measureFifoGroups,
  "fifo-wake-up": measureFifoWakeUps,
  "fifo-windows": measureFifoWindows,
  policy: measurePolicies,
} satisfies Record<string, (bench: Bench, report: Report) => Promise<void>>;

const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
  },
});

const names = Object.keys(SCENARIOS);
const unknown = flags.only.filter((name) => !names.some((known) => isAskedFor(known, [name])));
if (unknown.length > 0) {
  console.error(`There is no scenario ${unknown.join(", ")}. There are: ${names.join(", ")}.`);
  process.exit(2);
}

const startedAtMs = performance.now();
const bench = await Bench.start(flags.quick ? QUICK_PACE : FULL_PACE);
const report: Report = { rows: [], costs: [], targets: [] };
try {
  for (const [name, measure] of Object.entries(SCENARIOS)) {
    if (flags.only.length > 0 && !isAskedFor(name, flags.only)) continue;
    console.error(`${name} ...`);
    await measure(bench, report);
  }
} finally {
  await bench.stop();
}

const { failures } = bench;
if (flags.json) console.log(JSON.stringify(reportJson(report, failures), null, 2));
else {
  console.log(`\n${rowsTable(report.rows)}\n`);
  if (report.costs.length > 0) console.log(`${costsTable(report.costs)}\n`);
  console.log(`${targetsTable(report.targets)}\n`);
  console.log(`${failures.count} failed requests`);
  for (const example of failures.examples) console.log(`  ${example}`);
  console.log(`${Math.round((performance.now() - startedAtMs) / 1000)} s`);
}
// A target that falls short is a figure, not a fault; a failed request is a fault.
process.exitCode = failures.count === 0 ? 0 : 1;

function isAskedFor(name: string, only: readonly string[]): boolean {
  return only.includes(name) || (only.includes("fifo") && name.startsWith("fifo-"));
}

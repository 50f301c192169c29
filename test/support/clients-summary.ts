/**
 * ClientsSummary: a Vitest reporter that ends a run of the clients with one line: how many clients
 * ran, and which were skipped and why. A skipped client must not pass for a tested one.
 */
import type { Reporter, TestCase, TestModule } from "vitest/node";
import manifest from "../../package.json" with { type: "json" };

/** The clients that are packages of the checkout; their tests need no stage. */
const OF_THE_CHECKOUT = [
  ["aws-sdk", `AWS SDK for JavaScript ${manifest.devDependencies["@aws-sdk/client-sqs"]}`],
  ["sqs-consumer", `sqs-consumer ${manifest.devDependencies["sqs-consumer"]}`],
  ["sqs-consumer", `sqs-producer ${manifest.devDependencies["sqs-producer"]}`],
] as const;

export default class ClientsSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = new Set<string>();
    const skipped = new Map<string, string>();
    for (const module of modules) {
      if (module.project.name !== "clients") continue;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        for (const client of clientsOf(test, module)) {
          if (state === "skipped") skipped.set(client, noteOf(test));
          else ran.add(client);
        }
      }
    }
    if (ran.size + skipped.size === 0) return;
    process.stdout.write(`${summaryLine(ran, skipped)}\n`);
  }
}

/** A client of which one test ran and another was skipped is named in both places. */
export function summaryLine(
  ran: ReadonlySet<string>,
  skipped: ReadonlyMap<string, string>,
): string {
  const count = ran.size === 1 ? "1 client" : `${ran.size} clients`;
  const whatRan =
    ran.size === 0 ? "No client ran" : `${count} ran: ${[...ran].toSorted().join(", ")}`;
  if (skipped.size === 0) return `${whatRan}. None was skipped.`;
  const reasons = [...skipped].map(([client, reason]) => `${client} (${reason})`);
  return `${whatRan}. Skipped: ${reasons.toSorted().join("; ")}.`;
}

function clientsOf(test: TestCase, module: TestModule): string[] {
  const { client } = test.meta();
  if (client !== undefined) return [client];
  const file = module.relativeModuleId.split("/").at(-1) ?? "";
  return OF_THE_CHECKOUT.filter(([prefix]) => file.startsWith(prefix)).map(([, name]) => name);
}

function noteOf(test: TestCase): string {
  const result = test.result();
  return (result.state === "skipped" ? result.note : undefined) ?? "no reason given";
}

/**
 * The kinds of tests. `npm test` runs "node" (plain Node), "object" and the two of conformance (inside
 * workerd, with the bindings of wrangler.toml; conformance with AWS's cool-downs). "clients" and
 * "crash" start real servers and take longer, so they have scripts of their own.
 *
 * "object" and "conformance" run with keys, so all that is theirs is sealed at rest; "conformance-query"
 * runs without any.
 */
import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { configDefaults, defineConfig } from "vitest/config";

const NODE_TESTS = ["unit", "model", "local"].map((folder) => `test/${folder}/**/*.test.ts`);

const JSON_ITSELF = ["json-protocol", "malformed-bodies"].map(conformanceFile);
/** In both protocols by itself. */
const OF_BOTH = ["adversarial-requests"].map(conformanceFile);
const QUERY_ITSELF = ["query-answers", "query-protocol", "query-spellings"].map(conformanceFile);

/** Keys for tests alone: 32 times the same byte. */
const KEYS = {
  MILLRACE_ROOT_KEYS: `now:${keyOf(0x11)},before:${keyOf(0x22)}`,
  MILLRACE_KMS_KEYS: JSON.stringify([
    {
      id: "1234abcd-12ab-34cd-56ef-1234567890ab",
      aliases: ["alias/orders"],
      key: keyOf(0x33),
    },
    {
      id: "0987dcba-09fe-87dc-65ba-ab0987654321",
      aliases: ["alias/disabled"],
      key: keyOf(0x44),
      isEnabled: false,
    },
  ]),
};

export default defineConfig({
  test: {
    // More files than cores: those that wait for a server or a clock leave theirs to others.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      { test: { name: "node", include: NODE_TESTS, testTimeout: 20_000 } },
      {
        plugins: [insideWorkerd({ ...KEYS, MILLRACE_ACCESS: "open", MILLRACE_COOLDOWNS: "off" })],
        test: { name: "object", include: ["test/object/**/*.test.ts"], testTimeout: 20_000 },
      },
      conformance("conformance", { TEST_PROTOCOL: "json", ...KEYS }, QUERY_ITSELF),
      conformance("conformance-query", { TEST_PROTOCOL: "query" }, [...JSON_ITSELF, ...OF_BOTH]),
      { test: { name: "clients", include: ["test/clients/**/*.test.ts"], testTimeout: 120_000 } },
      {
        test: {
          name: "crash",
          include: ["test/crash/**/*.test.ts"],
          testTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
    exclude: configDefaults.exclude,
  },
});

function keyOf(byte: number): string {
  return Buffer.alloc(32, byte).toString("base64");
}

function conformanceFile(name: string): string {
  return `test/conformance/${name}.test.ts`;
}

/**
 * The same cases through either protocol, without those that are about the other one itself. The files
 * share workers, because starting one takes longer than most files do: each case has a queue of its own.
 */
function conformance(name: string, bindings: Record<string, string>, exclude: string[]) {
  return {
    plugins: [insideWorkerd({ ...bindings, MILLRACE_ACCESS: "open" })],
    test: {
      name,
      include: ["test/conformance/**/*.test.ts"],
      exclude,
      isolate: false,
      testTimeout: 20_000,
    },
  };
}

/** The Worker and its objects run in the same isolate as the tests. */
function insideWorkerd(bindings: Record<string, string>) {
  return cloudflareTest({
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: { bindings: { MILLRACE_AUDIT: "off", ...bindings } },
  });
}

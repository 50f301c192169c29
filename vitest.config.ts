/**
 * The kinds of tests. `npm test` runs "node" (plain Node), "object" and "conformance" (both inside
 * workerd, with the bindings of wrangler.toml; conformance with AWS's cool-downs). "clients" and
 * "crash" start real servers and take longer, so they have scripts of their own.
 */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { configDefaults, defineConfig } from "vitest/config";

const NODE_TESTS = ["unit", "model", "local"].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    // One core less is the default: on two cores that would be one file at a time.
    maxWorkers: "100%",
    projects: [
      { test: { name: "node", include: NODE_TESTS, testTimeout: 20_000 } },
      {
        plugins: [insideWorkerd({ MILLRACE_ACCESS: "open", MILLRACE_COOLDOWNS: "off" })],
        test: { name: "object", include: ["test/object/**/*.test.ts"], testTimeout: 20_000 },
      },
      {
        plugins: [insideWorkerd({ MILLRACE_ACCESS: "open" })],
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
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

/** The Worker and its objects run in the same isolate as the tests. */
function insideWorkerd(bindings: Record<string, string>) {
  return cloudflareTest({
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: { bindings },
  });
}

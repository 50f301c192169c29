/**
 * The kinds of tests. `npm test` runs "node" (plain Node) and "object" (inside workerd, with the
 * bindings of wrangler.toml). "clients" and "crash" start real servers and take longer, so they
 * have scripts of their own.
 */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { configDefaults, defineConfig } from "vitest/config";

const NODE_TESTS = ["unit", "model", "local", "conformance"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    projects: [
      { test: { name: "node", include: NODE_TESTS, testTimeout: 20_000 } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { MILLRACE_ACCESS: "open", MILLRACE_COOLDOWNS: "off" } },
          }),
        ],
        test: { name: "object", include: ["test/object/**/*.test.ts"], testTimeout: 20_000 },
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

/**
 * The Worker as one module: bundled from its TypeScript when the server starts, so that there is no
 * build step and what runs is always what the source says.
 *
 * esbuild keeps a process of its own between builds. A server bundles once and then runs for days,
 * so that process is let go when no build needs it.
 */
import { join } from "node:path";
import { build, stop } from "esbuild";
import { StartFailure } from "./start-failure.ts";

export const DEFAULT_WORKER_ENTRY = join(import.meta.dirname, "../index.ts");

let runningBuildCount = 0;

/** Returns the text of an ES module for workerd. Throws StartFailure if the source is broken. */
export async function bundleWorker(entry: string): Promise<string> {
  runningBuildCount++;
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "esm",
      target: "es2024",
      conditions: ["workerd", "worker"],
      external: ["cloudflare:*", "node:*"],
      logLevel: "silent",
    });
    const [module] = outputFiles;
    if (module === undefined) throw new Error(`${entry} bundled to nothing`);
    return module.text;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, " ") : error;
    throw new StartFailure(`The Worker cannot be bundled: ${reason}`);
  } finally {
    runningBuildCount--;
    if (runningBuildCount === 0) await stop();
  }
}

/** The bindings of wrangler.toml and the Worker's exports, as tests inside workerd see them. */
import type { Env as AppEnv } from "../../src/router/env.ts";

declare global {
  // biome-ignore lint/style/noNamespace: the platform's types declare it as one
  namespace Cloudflare {
    interface Env extends AppEnv {
      /** Of conformance: the protocol that its cases run through. */
      readonly TEST_PROTOCOL?: "json" | "query";
    }
    interface GlobalProps {
      mainModule: typeof import("../../src/index.ts");
    }
  }
}

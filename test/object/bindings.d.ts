/** The bindings of wrangler.toml, as tests inside workerd see them. */
import type { Env as AppEnv } from "../../src/app.ts";

declare global {
  namespace Cloudflare {
    interface Env extends AppEnv {}
  }
}

/** The Worker under test, as `exports.default` of "cloudflare:workers" shows it. */
// biome-ignore lint/style/noNamespace: the platform's types declare it as one
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import("../../src/index.ts");
  }
}

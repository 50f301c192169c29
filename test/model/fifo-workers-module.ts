/**
 * What stands in for the module `cloudflare:workers` where the real objects run on a simulated
 * platform in Node.
 */
export class DurableObject {
  readonly ctx: unknown;
  readonly env: unknown;

  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx;
    this.env = env;
  }
}

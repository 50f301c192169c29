/**
 * The settings of the deployed Worker in wrangler.toml that its security rests on, as wrangler itself reads
 * them: which secrets it will not deploy without, that nobody opens it, and that its audit is whole.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { newDeploymentSecrets } from "../../src/local/deployment-secrets.ts";

const config = unstable_readConfig({ config: join(import.meta.dirname, "../../wrangler.toml") });

describe("wrangler.toml", () => {
  it("requires each of the secrets that npm run setup makes", () => {
    const required = [...(config.secrets?.required ?? [])];
    expect(required.sort()).toEqual(Object.keys(newDeploymentSecrets()).sort());
  });

  it("holds none of them, and does not say how requests are let in", () => {
    const names = [...Object.keys(newDeploymentSecrets()), "MILLRACE_KMS_KEYS", "MILLRACE_ACCESS"];
    expect(Object.keys(config.vars)).toContain("MILLRACE_ACCOUNT_ID");
    expect(Object.keys(config.vars).filter((name) => names.includes(name))).toEqual([]);
  });

  it("logs every line of the audit while there is one", () => {
    const { vars, observability } = config;
    expect(["all", "management", "off"]).toContain(vars["MILLRACE_AUDIT"]);
    expect(observability?.enabled).toBe(true);
    if (vars["MILLRACE_AUDIT"] !== "off") expect(observability?.head_sampling_rate).toBe(1);
  });
});

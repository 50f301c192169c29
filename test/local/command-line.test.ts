/**
 * The command line as a table: what each flag means, and the one line that every mistake gets.
 */
import { describe, expect, it } from "vitest";
import { readCommandLine } from "../../src/local/command-line.ts";
import { DEFAULT_OPTIONS, type ServeOptions } from "../../src/local/serve-options.ts";

function serveOptions(args: string, environment: Record<string, string> = {}): ServeOptions {
  const line = readCommandLine(words(args), environment);
  if (line.kind !== "serve") throw new Error(`${args}: ${JSON.stringify(line)}`);
  return line.options;
}

function refusal(args: string, environment: Record<string, string> = {}): string {
  const line = readCommandLine(words(args), environment);
  if (line.kind !== "refused") throw new Error(`${args} is accepted`);
  return line.message;
}

function words(args: string): string[] {
  return args.split(" ").filter((word) => word !== "");
}

describe("the command line", () => {
  it("means loopback, port 9324 and .millrace when it is empty", () => {
    expect(serveOptions("")).toEqual(DEFAULT_OPTIONS);
    expect(DEFAULT_OPTIONS).toEqual({
      port: 9324,
      host: "127.0.0.1",
      dataDir: ".millrace",
      isStrict: false,
      isAuthenticated: false,
      isInsecure: false,
      isAudited: false,
      region: "us-east-1",
      accountId: "000000000000",
      secrets: {},
    });
  });

  it("has no switch that takes the place of another", () => {
    const { isAuthenticated, isAudited, isInsecure } = serveOptions("--auth --audit");
    expect({ isAuthenticated, isAudited, isInsecure }).toEqual({
      isAuthenticated: true,
      isAudited: true,
      isInsecure: false,
    });
  });

  it("takes the Worker's secrets from the environment, and nothing else of it", () => {
    const MILLRACE_ROOT_KEYS = "a:x";
    const environment = { MILLRACE_ROOT_KEYS, MILLRACE_ACCESS: "open", HOME: "/" };
    expect(serveOptions("", environment).secrets).toEqual({ MILLRACE_ROOT_KEYS });
  });

  it("takes an empty secret for none, as shells and containers mean it", () => {
    const environment = { MILLRACE_ROOT_KEYS: "", MILLRACE_ROOT_ACCESS_KEY_ID: "" };
    expect(serveOptions("--auth", environment).secrets).toEqual({});
  });

  it.each<[string, Partial<ServeOptions>]>([
    ["--port 9400", { port: 9400 }],
    ["--port=0", { port: 0 }],
    ["--port 65535", { port: 65_535 }],
    ["--host ::1", { host: "::1" }],
    ["--host localhost", { host: "localhost" }],
    ["--host 127.9.9.9", { host: "127.9.9.9" }],
    ["--host 0.0.0.0 --insecure", { host: "0.0.0.0", isInsecure: true }],
    ["--host 0.0.0.0 --auth", { host: "0.0.0.0", isAuthenticated: true }],
    ["--data /var/lib/millrace", { dataDir: "/var/lib/millrace" }],
    ["--strict", { isStrict: true }],
    ["--auth", { isAuthenticated: true }],
    ["--audit", { isAudited: true }],
    ["--region eu-west-1", { region: "eu-west-1" }],
    ["--region us-gov-east-1", { region: "us-gov-east-1" }],
    ["--account-id 123456789012", { accountId: "123456789012" }],
  ])("understands %s", (args, expected) => {
    expect(serveOptions(args)).toEqual({ ...DEFAULT_OPTIONS, ...expected });
  });

  it("takes PORT from the environment, unless --port says otherwise", () => {
    expect(serveOptions("", { PORT: "9500" }).port).toBe(9500);
    expect(serveOptions("", { PORT: "" }).port).toBe(9324);
    expect(serveOptions("--port 9501", { PORT: "9500" }).port).toBe(9501);
    expect(serveOptions("--port 9501", { PORT: "http" }).port).toBe(9501);
  });

  it.each([
    ["--port abc", "argument 'abc' is invalid. A port is a whole number from 0 to 65535."],
    ["--port 65536", "argument '65536' is invalid. A port is"],
    ["--port -1", "argument '-1' is invalid. A port is"],
    ["--port 80.5", "argument '80.5' is invalid. A port is"],
    ["--port=", "argument '' is invalid. A port is"],
    ["--port", "option '--port <number>' argument missing"],
    ["--data=", "argument '' is invalid. It is empty."],
    ["--account-id 12345678901", "An account id is exactly 12 digits."],
    ["--account-id 1234567890123", "An account id is exactly 12 digits."],
    ["--account-id abcdefghijkl", "An account id is exactly 12 digits."],
    ["--region us.east.1", "A region is letters, digits and hyphens, like us-east-1."],
    ["--region a:b", "A region is letters, digits and hyphens, like us-east-1."],
    ["--prot 9400", "unknown option '--prot' (Did you mean --port?)"],
    ["--regoin eu-west-1", "unknown option '--regoin' (Did you mean --region?)"],
    ["--nothing-like-it", "unknown option '--nothing-like-it'"],
    ["9400", "too many arguments"],
    ["--auth=yes", "unknown option '--auth=yes'"],
    ["--aduit", "unknown option '--aduit' (Did you mean --audit?)"],
    ["--host 0.0.0.0 --audit", "requests are not authenticated"],
    ["--host 0.0.0.0", "--host 0.0.0.0 can be reached from other machines"],
    ["--host ::", "--host :: can be reached from other machines"],
    ["--host 192.168.1.10", "Pass --auth, or --insecure if that is meant"],
    ["--host localhost.example.com", "can be reached from other machines"],
    ["--host 127.0.0.1.example.com", "can be reached from other machines"],
  ])("refuses %s in one line that says why", (args, reason) => {
    const message = refusal(args);
    expect(message).toContain(reason);
    expect(message).not.toContain("\n");
  });

  it("refuses a PORT that is none and names where it came from", () => {
    expect(refusal("", { PORT: "http" })).toBe(
      "PORT 'http' in the environment is invalid. A port is a whole number from 0 to 65535.",
    );
  });

  it("lists every flag under --help", () => {
    const line = readCommandLine(["--help"], {});
    if (line.kind !== "help") throw new Error("no help");
    const flags = line.text.match(/--[a-z-]+/g);
    expect(new Set(flags)).toEqual(
      new Set([
        ...[
          "--port",
          "--host",
          "--data",
          "--strict",
          "--auth",
          "--audit",
          "--config",
          "--region",
          "--account-id",
        ],
        ...["--insecure", "--help"],
      ]),
    );
  });
});

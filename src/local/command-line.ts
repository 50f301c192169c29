/**
 * The command line: flags and PORT in, checked options or one clear line out. It starts nothing, so
 * that every mistake is found before anything happens.
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { exposureRefusal } from "./endpoint.ts";
import { DEFAULT_OPTIONS, SECRET_NAMES, type ServeOptions } from "./serve-options.ts";

export type CommandLine =
  | { readonly kind: "serve"; readonly options: ServeOptions }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "refused"; readonly message: string };

/** What commander hands over; the parsers below have checked the texts. */
type Flags = {
  readonly port?: number;
  readonly host: string;
  readonly data: string;
  readonly strict?: boolean;
  readonly auth?: boolean;
  readonly audit?: boolean;
  readonly insecure?: boolean;
  readonly region: string;
  readonly accountId: string;
  readonly config?: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** `args` are the arguments after the script's name. */
export function readCommandLine(args: readonly string[], environment: Environment): CommandLine {
  let help = "";
  const command = describeCommand((text) => {
    help += text;
  });
  try {
    command.parse(args, { from: "user" });
    return checkFlags(command.opts<Flags>(), environment);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return { kind: "help", text: help };
    return { kind: "refused", message: oneLine(error.message) };
  }
}

function describeCommand(writeHelp: (text: string) => void): Command {
  const defaults = DEFAULT_OPTIONS;
  return new Command("millrace")
    .description("A durable message queue that speaks the Amazon SQS protocol.")
    .option(
      "--port <number>",
      `port to listen on, 0 for a free one (default: ${defaults.port})`,
      parsePort,
    )
    .option("--host <host>", "host to listen on", parseText, defaults.host)
    .option("--data <directory>", "where queues and messages are kept", parseText, defaults.dataDir)
    .option("--strict", "enforce the 60 s waits after DeleteQueue and PurgeQueue")
    .option("--auth", "authenticate and authorise every request, with credentials as on AWS")
    .option("--audit", "print a line for every call that changes something")
    .option("--region <region>", "region of requests that name none", parseRegion, defaults.region)
    .option(
      "--account-id <id>",
      "account of requests that name none",
      parseAccountId,
      defaults.accountId,
    )
    .option("--config <file>", "queues to create at the start, as JSON", parseText)
    .option("--insecure", "serve a host that other machines can reach, without authentication")
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: writeHelp, writeErr: () => {} });
}

function checkFlags(flags: Flags, environment: Environment): CommandLine {
  const isAuthenticated = flags.auth === true;
  const isInsecure = flags.insecure === true;
  const exposure = exposureRefusal(flags.host, isAuthenticated || isInsecure);
  if (exposure !== undefined) return { kind: "refused", message: exposure };
  const options: ServeOptions = {
    port: flags.port ?? portOf(environment["PORT"]) ?? DEFAULT_OPTIONS.port,
    host: flags.host,
    dataDir: flags.data,
    isStrict: flags.strict === true,
    isAuthenticated,
    isInsecure,
    isAudited: flags.audit === true,
    region: flags.region,
    accountId: flags.accountId,
    config: flags.config,
    secrets: secretsOf(environment),
  };
  return { kind: "serve", options };
}

/** An empty one is none, as PORT is. */
function secretsOf(environment: Environment): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const name of SECRET_NAMES) {
    const secret = environment[name];
    if (secret !== undefined && secret !== "") secrets[name] = secret;
  }
  return secrets;
}

/** An empty PORT is how shells and containers say "none". */
function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    return parsePort(text);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(
      `PORT '${text}' in the environment is invalid. ${error.message}`,
    );
  }
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError("A port is a whole number from 0 to 65535.");
}

function parseText(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

function parseRegion(text: string): string {
  if (/^[A-Za-z0-9-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError("A region is letters, digits and hyphens, like us-east-1.");
}

function parseAccountId(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new InvalidArgumentError("An account id is exactly 12 digits.");
}

/** commander puts "(Did you mean ...?)" on a second line and "error: " in front. */
function oneLine(message: string): string {
  return message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
}

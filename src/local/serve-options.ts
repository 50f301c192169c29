/**
 * What a local server can be told, and what it does when it is told nothing. The command line, the
 * tests and the benchmarks share these; the command line alone checks texts typed by people.
 */

export type ServeOptions = {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** SQS's 60 s waits after DeleteQueue and PurgeQueue are enforced. */
  readonly isStrict: boolean;
  /** Requests are authenticated and authorised. */
  readonly isAuthenticated: boolean;
  /** A host that other machines can reach is meant, though nobody is asked who he is. */
  readonly isInsecure: boolean;
  /** Each call that changes something is written to standard output. */
  readonly isAudited: boolean;
  /** The region of requests whose credential scope names none. */
  readonly region: string;
  /** The account of requests whose access key id is no account, 12 digits. */
  readonly accountId: string;
  /** A file that declares queues; undefined for none. */
  readonly config: string | undefined;
  /** The Worker's secrets, by their names; those that are absent it does without. */
  readonly secrets: Readonly<Record<string, string>>;
};

/** What the environment may bring: from there, because a command line is for everybody to see. */
export const SECRET_NAMES: readonly string[] = [
  "MILLRACE_ROOT_ACCESS_KEY_ID",
  "MILLRACE_ROOT_SECRET_ACCESS_KEY",
  "MILLRACE_ROOT_KEYS",
  "MILLRACE_KMS_KEYS",
];

export const DEFAULT_OPTIONS: ServeOptions = {
  port: 9324,
  host: "127.0.0.1",
  dataDir: ".millrace",
  isStrict: false,
  isAuthenticated: false,
  isInsecure: false,
  isAudited: false,
  region: "us-east-1",
  accountId: "000000000000",
  config: undefined,
  secrets: {},
};

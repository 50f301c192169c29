/**
 * Random requests to sign: paths, queries, headers and bodies such as clients send and some that only
 * the definition of SigV4 knows. The same seed draws the same.
 */
import type { SeededRandom } from "./seeded-random.ts";

export type Signable = {
  readonly method: string;
  readonly scheme: "http" | "https";
  /** With the port, unless it is the scheme's. */
  readonly host: string;
  /** As on the wire. */
  readonly path: string;
  /** Not escaped. */
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** Lower-case names; without host. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly region: string;
  readonly service: string;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly sessionToken: string | undefined;
  readonly signedAtMs: number;
  readonly isPresigned: boolean;
};

const TEXTS = [
  "a",
  "Zz09-._~",
  "hello world",
  "1+1=2",
  "50%",
  "%41",
  "a&b=c;d",
  "tilde~*'()!",
  "/slash//",
  "ሴ",
  "é",
  "😀",
  "",
  "  two  spaces  ",
  "#?@:,$",
] as const;
const PATHS = [
  "/",
  "/000000000000/orders",
  "/000000000000/orders.fifo",
  "/a%20b/%C3%A9",
  "/a/b/",
  "/a_b/~c-d.e",
  "/%25/x",
] as const;
const HOSTS = [
  "localhost:8787",
  "127.0.0.1:1",
  "[::1]:8787",
  "sqs.eu-west-1.amazonaws.com",
  "millrace.example",
] as const;
const HEADERS = [
  ["x-amz-target", "AmazonSQS.SendMessage"],
  ["x-amz-user-agent", "aws-sdk-js/3 ua/2.1"],
  ["x-amzn-query-mode", "true"],
  ["user-agent", "something/1.0 (on this)"],
  ["accept-encoding", "gzip, br"],
  ["amz-sdk-request", "attempt=1;   max=3"],
  ["my-header", "a   b\tc"],
  ["zeta", ""],
  ["range", "bytes=0-1"],
  ["traceparent", "00-1-1-00"],
] as const;

export function randomSignable(random: SeededRandom): Signable {
  const isPresigned = random.isLikely(0.3);
  const body = isPresigned && random.isLikely(0.8) ? "" : randomText(random);
  const headers = new Map<string, string>();
  if (!isPresigned || body !== "") {
    headers.set("content-type", random.pick(["application/x-amz-json-1.0", "text/plain;  a=b"]));
  }
  for (const [name, value] of HEADERS) {
    // A presigner may move such headers to the query, where they are parameters like others.
    if (random.isLikely(0.3) && !(isPresigned && name.startsWith("x-amz-")))
      headers.set(name, value);
  }
  return {
    method: random.pick(["POST", "GET", "PUT"]),
    scheme: random.pick(["http", "https"]),
    host: random.pick(HOSTS),
    path: random.pick(PATHS),
    query: randomQuery(random),
    headers,
    body,
    region: random.pick(["us-east-1", "eu-west-1", "local"]),
    service: random.pick(["sqs", "iam"]),
    accessKeyId: random.pick(["AKIDEXAMPLE", "__proto__", "MRKAAAAAAAA123456789"]),
    secret: random.pick(["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "s", "ünïcode"]),
    sessionToken: random.isLikely(0.3) ? random.pick(["token", "AQoD/+=="]) : undefined,
    signedAtMs: 1_000 * random.between(1_500_000_000, 2_000_000_000),
    isPresigned,
  };
}

function randomQuery(random: SeededRandom): Map<string, string[]> {
  const query = new Map<string, string[]>();
  const count = random.isLikely(0.4) ? 0 : random.between(1, 5);
  for (let index = 0; index < count; index++) {
    const name = random.pick(["Action", "a", "a-", "A", "a.b", "ሴ", "x y", "q%", "*"]);
    query.set(name, [...(query.get(name) ?? []), random.pick(TEXTS)]);
  }
  return query;
}

function randomText(random: SeededRandom): string {
  return Array.from({ length: random.between(0, 8) }, () => random.pick(TEXTS)).join("");
}

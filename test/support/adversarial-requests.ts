/**
 * Adversarial requests in both protocols: well-formed ones with values that nobody expects, the same cut
 * off, altered and doubled, nesting without end, forms of thousands of parameters, headers and paths of
 * no client; and some to the paths beside SQS's. A request is a function of the seed and its number, so any
 * of them can be made again.
 */
import { Buffer } from "node:buffer";
import { type Action, INPUTS } from "../../src/protocol/actions.ts";
import type { Shape } from "../../src/protocol/shape.ts";
import { PEEK_PATH, sidePathRequest } from "./adversarial-side-paths.ts";
import { AdversarialValues, type FuzzWorld } from "./adversarial-values.ts";
import type { FuzzRequest } from "./fuzz-request.ts";
import { SeededRandom } from "./seeded-random.ts";

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/x-amz-json-1.0";
const ODD_PATHS = [
  "//",
  "/%00",
  "/a/b/c/d",
  "/000000000000/",
  "/..%2f",
  "/%F0%9F%98%80",
  "/?",
  PEEK_PATH,
  "/_millrace",
] as const;
const ODD_TYPES = ["", "text/plain", "application/json", "multipart/form-data", "x"] as const;
const ODD_ACTIONS = ["FooBar", "", "sendMessage", "__proto__", "toString"] as const;
const ACCEPTS = ["*/*", "application/json", "text/xml", "", "application/json;q=0.1, */*"] as const;
const AUTHORIZATIONS = [
  "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/sqs/aws4_request",
  "AWS4-HMAC-SHA256 Credential=/////",
  "Basic YTpi",
  "",
] as const;
const SILENT_METHODS = ["PUT", "DELETE", "PATCH", "OPTIONS"] as const;
/** A URL that is longer is the front end's to refuse, and not in SQS's words. */
const URL_LENGTH_MAX = 6_000;
const SIDE_PATHS = 0.04;
/** Deleting often would make ever new objects. */
const RARE: Partial<Record<Action, number>> = {
  DeleteQueue: 0.01,
  PurgeQueue: 0.2,
  CreateQueue: 0.4,
};
const ACTIONS = Object.keys(INPUTS).filter((name): name is Action => name in INPUTS);

/** `number` counts from 0; the world must not depend on the clock, or the request does. */
export function adversarialRequest(seed: number, number: number, world: FuzzWorld): FuzzRequest {
  // Neighbouring numbers must not begin alike.
  const random = new SeededRandom(
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number, 0xc2b2ae35),
  );
  if (random.isLikely(SIDE_PATHS)) return sidePathRequest(random, world);
  const action = pickAction(random);
  const input = new AdversarialValues(random, world).of(INPUTS[action], "");
  return random.isLikely(0.5)
    ? jsonRequest(random, action, input, world)
    : queryRequest(random, action, input, world);
}

function pickAction(random: SeededRandom): Action {
  for (;;) {
    const action = ACTIONS[random.between(0, ACTIONS.length - 1)] ?? "SendMessage";
    if (random.isLikely(RARE[action] ?? 1)) return action;
  }
}

function jsonRequest(
  random: SeededRandom,
  action: string,
  input: unknown,
  world: FuzzWorld,
): FuzzRequest {
  const name = random.isLikely(0.98) ? action : random.pick(ODD_ACTIONS);
  const target = random.isLikely(0.99) ? `AmazonSQS.${name}` : random.pick(["", name, "x.y.z"]);
  const text = random.isLikely(0.003) ? nestedText(random) : JSON.stringify(input);
  return {
    method: random.isLikely(0.99) ? "POST" : random.pick(SILENT_METHODS),
    path: pickPath(random, world),
    headers: { "x-amz-target": target, ...pickHeaders(random, JSON_TYPE) },
    body: altered(random, text),
    form: "sqs",
  };
}

function queryRequest(
  random: SeededRandom,
  action: string,
  input: unknown,
  world: FuzzWorld,
): FuzzRequest {
  const name = random.isLikely(0.98) ? action : random.pick(ODD_ACTIONS);
  const own = isAction(action) ? parametersOf(random, INPUTS[action], "", input) : [];
  const many = random.isLikely(0.002) ? manyParameters(random) : [];
  const parameters = [
    ["Action", name] as const,
    ["Version", "2012-11-05"] as const,
    ...own,
    ...many,
  ];
  const body = altered(random, encoded(parameters));
  const path = pickPath(random, world);
  const headers = pickHeaders(random, FORM);
  const query = asUrl(body);
  if (random.isLikely(0.7) || query.length > URL_LENGTH_MAX) {
    return { method: "POST", path, headers, body, form: "sqs" };
  }
  const method = random.isLikely(0.95) ? "GET" : random.pick(SILENT_METHODS);
  const { "content-type": _, ...others } = headers;
  const joined = `${path}${path.includes("?") ? "&" : "?"}${query}`;
  return { method, path: joined, headers: others, body: Buffer.alloc(0), form: "sqs" };
}

function isAction(name: string): name is Action {
  return Object.hasOwn(INPUTS, name);
}

/** Flattened as the shape says, or under one of the other names that clients use; odd values as they come. */
function parametersOf(
  random: SeededRandom,
  shape: Shape | undefined,
  name: string,
  value: unknown,
): (readonly [string, string])[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [[name, String(value)]];
  const inner = (part: string, of: Shape | undefined, child: unknown) => {
    return parametersOf(random, of, name === "" ? part : `${name}.${part}`, child);
  };
  const entries = Object.entries(value);
  if (shape?.kind === "structure") {
    return entries.flatMap(([member, child]) => {
      const of = shape.members[member];
      return inner(spelled(random, of, member), of, child);
    });
  }
  if (shape?.kind === "map") {
    return entries.flatMap(([key, child], index) => [
      ...inner(`${index + 1}.${shape.queryKey}`, undefined, key),
      ...inner(`${index + 1}.${shape.queryValue}`, shape.value, child),
    ]);
  }
  const element = shape?.kind === "list" ? shape.element : undefined;
  return entries.flatMap(([key, child], index) => {
    return inner(Array.isArray(value) ? String(index + 1) : key, element, child);
  });
}

function spelled(random: SeededRandom, shape: Shape | undefined, member: string): string {
  if (shape?.kind !== "list" && shape?.kind !== "map") return member;
  return random.pick([
    shape.queryName,
    shape.queryName,
    member,
    `${member}.member`,
    `${member}.entry`,
  ]);
}

function encoded(parameters: readonly (readonly [string, string])[]): string {
  return parameters
    .map((pair) => pair.map((text) => encodeURIComponent(text.toWellFormed())).join("="))
    .join("&");
}

/** Most bodies go as they are; the others are hurt. */
function altered(random: SeededRandom, text: string): Buffer {
  const bytes = Buffer.from(text);
  const place = () => random.between(0, Math.max(0, bytes.byteLength - 1));
  switch (random.between(0, 29)) {
    case 0:
      return bytes.subarray(0, place());
    case 1:
      return bytes.subarray(place());
    case 2: {
      for (let i = random.between(1, 4); i > 0; i--) bytes[place()] = random.between(0, 255);
      return bytes;
    }
    case 3: {
      const [from, to] = [place(), place()].sort((a, b) => a - b);
      return Buffer.concat([bytes, bytes.subarray(from, to), bytes.subarray(place())]);
    }
    case 4:
      return Buffer.concat([bytes.subarray(0, place()), noise(random), bytes.subarray(place())]);
    case 5:
      return random.isLikely(0.01) ? Buffer.concat([bytes, huge(random)]) : bytes;
    default:
      return bytes;
  }
}

function noise(random: SeededRandom): Buffer {
  return Buffer.from(Array.from({ length: random.between(1, 60) }, () => random.between(0, 255)));
}

/** Above what a message may have, and seldom above what is read at all. */
function huge(random: SeededRandom): Buffer {
  const bytes = random.isLikely(0.1) ? 9_000_000 : 1_100_000;
  return Buffer.alloc(bytes, random.pick(["a", "&a=b", "[", "\\u0000", "%41"]));
}

function nestedText(random: SeededRandom): string {
  const depth = random.pick([10, 1_000, 50_000]);
  const [open, close] = random.pick([
    ["[", "]"],
    ['{"a":', "}"],
    ['{"MessageAttributes":', "}"],
  ]);
  return `${open.repeat(depth)}1${random.isLikely(0.5) ? close.repeat(depth) : ""}`;
}

function manyParameters(random: SeededRandom): (readonly [string, string])[] {
  const name = random.pick(["a", "Entries", "AttributeName", "a.b.c.d.e.f.g.h.i.j.k.l", ""]);
  return Array.from({ length: random.pick([20, 3_000, 20_000]) }, (_, index) => {
    return [`${name}.${index}`, "x"] as const;
  });
}

/** Bytes that a URL may hold; the others are escaped, which leaves what is escaped already alone. */
function asUrl(bytes: Buffer): string {
  return bytes.toString("latin1").replace(/[^A-Za-z0-9%&=._~+*!$'(),;:@/?-]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

function pickPath(random: SeededRandom, world: FuzzWorld): string {
  if (random.isLikely(0.75)) return "/";
  return random.isLikely(0.8) ? new URL(random.pick(world.urls)).pathname : random.pick(ODD_PATHS);
}

function pickHeaders(random: SeededRandom, usualType: string): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": random.isLikely(0.97) ? usualType : random.pick(ODD_TYPES),
  };
  if (random.isLikely(0.1)) headers.accept = random.pick(ACCEPTS);
  if (random.isLikely(0.05)) headers.authorization = random.pick(AUTHORIZATIONS);
  if (random.isLikely(0.05)) headers["x-amzn-trace-id"] = "x".repeat(random.between(0, 300));
  return headers;
}

/**
 * Changes signed requests as an attacker, or chance, would: a character here, a header there, a parameter
 * twice, a body longer. Every mutant is still a request that could come over the wire.
 */
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";
import type { SeededRandom } from "./seeded-random.ts";

const CHARACTERS = "aZ09-._~%/?&=+;, #:@!'()*\"<>é";
const ORIGIN = /^https?:\/\/[^/]+/;

type Mutation = (request: SignedRequest, random: SeededRandom) => SignedRequest;

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  inTarget,
  inTarget,
  inQueryOrder,
  inHeaderValue,
  inHeaderValue,
  inAuthorization,
  inAuthorization,
  inHeaderNames,
  inBody,
  inMethod,
];

/** One change, seldom more. */
export function mutated(request: SignedRequest, random: SeededRandom): SignedRequest {
  let mutant = request;
  do {
    try {
      mutant = random.pick(MUTATIONS)(mutant, random);
    } catch (error) {
      // No header may hold that; try another.
      if (!(error instanceof TypeError)) throw error;
    }
  } while (mutant === request || random.isLikely(0.2));
  return mutant;
}

function inTarget(request: SignedRequest, random: SeededRandom): SignedRequest {
  const origin = ORIGIN.exec(request.url)?.[0] ?? "";
  const target = request.url.slice(origin.length);
  return { ...request, url: `${origin}/${changedText(target.slice(1), random)}` };
}

/** Parameters moved, repeated, dropped, escaped differently. */
function inQueryOrder(request: SignedRequest, random: SeededRandom): SignedRequest {
  const [path = "", query] = request.url.split("?");
  const parts = query?.split("&") ?? ["Action=DeleteQueue"];
  const at = random.between(0, parts.length - 1);
  const part = parts[at] ?? "";
  const others = parts.toSpliced(at, 1);
  const target = random.between(0, others.length);
  const changed = random.pick([
    () => others,
    () => others.toSpliced(target, 0, part),
    () => parts.toSpliced(target, 0, part),
    () => parts.toSpliced(target, 0, random.pick(["X-Amz-Expires=604800", "a=b", "=", ""])),
    () =>
      parts.with(
        at,
        part.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
      ),
    () =>
      parts.with(
        at,
        part.replace(/%[0-9A-F]{2}/, (text) => text.toLowerCase()),
      ),
    () => parts.with(at, part.toLowerCase()),
    () => parts.with(at, part.replace("%20", "+")),
  ])();
  return { ...request, url: `${path}?${changed.join("&")}` };
}

function inHeaderValue(request: SignedRequest, random: SeededRandom): SignedRequest {
  return withHeaders(request, (headers) => {
    const [name, value] = pickHeader(headers, random);
    headers.set(name, changedText(value, random));
  });
}

function inAuthorization(request: SignedRequest, random: SeededRandom): SignedRequest {
  const value = request.headers.get("authorization");
  if (value === null) return inQueryOrder(request, random);
  const parts = value.replace(" ", ", ").split(", ");
  const [algorithm = "", ...rest] = parts;
  // An earlier change may have left no parts.
  if (rest.length === 0) return inHeaderValue(request, random);
  const at = random.between(0, rest.length - 1);
  const changed = random.pick([
    () => changedText(value, random),
    () => `${algorithm} ${[...rest].reverse().join(",")}`,
    () => `${algorithm} ${[...rest, rest[at] ?? ""].join(", ")}`,
    () => `${algorithm} ${rest.toSpliced(at, 1).join(", ")}`,
    () => `${algorithm} ${rest.with(at, (rest[at] ?? "").replace(/;[a-z-]+/, "")).join(", ")}`,
    () => `${algorithm} ${rest.with(at, (rest[at] ?? "").replace("host;", "")).join(", ")}`,
    () => value.replace(/[0-9a-f]{64}$/, (hex) => random.pick([hex.toUpperCase(), hex.slice(1)])),
    () => value.replace("us-east-1", "us-east-2").replace("/sqs/", "/iam/"),
  ])();
  return withHeaders(request, (headers) => headers.set("authorization", changed));
}

function inHeaderNames(request: SignedRequest, random: SeededRandom): SignedRequest {
  return withHeaders(request, (headers) => {
    const [name, value] = pickHeader(headers, random);
    random.pick([
      () => headers.delete(name),
      () => headers.append(name, value),
      () => headers.append("x-amz-target", "AmazonSQS.DeleteQueue"),
      () => headers.set("x-amz-security-token", "another"),
      () => headers.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
      () => headers.set("content-type", "application/x-www-form-urlencoded"),
      () => headers.set("x-unsigned", "whatever"),
      () => headers.set(`${name}x`, value),
    ])();
  });
}

function inBody(request: SignedRequest, random: SeededRandom): SignedRequest {
  const bytes = [...request.body];
  const at = random.between(0, bytes.length);
  const isInserted = at === bytes.length || random.isLikely(0.3);
  const byte = random.between(0, 255);
  return { ...request, body: Uint8Array.from(bytes.toSpliced(at, isInserted ? 0 : 1, byte)) };
}

function inMethod(request: SignedRequest, random: SeededRandom): SignedRequest {
  return { ...request, method: random.pick(["GET", "POST", "HEAD", "post", "DELETE"]) };
}

function changedText(text: string, random: SeededRandom): string {
  const at = random.between(0, text.length);
  const character = CHARACTERS[random.between(0, CHARACTERS.length - 1)] ?? "";
  const here = text[at] ?? "";
  const other = here === here.toLowerCase() ? here.toUpperCase() : here.toLowerCase();
  const instead = random.pick([character, `${here}${character}`, "", other, `${here}${here}`, " "]);
  return text.slice(0, at) + instead + text.slice(at + 1);
}

function pickHeader(headers: Headers, random: SeededRandom): [name: string, value: string] {
  const entries = [...headers];
  return entries[random.between(0, entries.length - 1)] ?? ["host", ""];
}

function withHeaders(request: SignedRequest, change: (headers: Headers) => void): SignedRequest {
  const headers = new Headers(request.headers);
  change(headers);
  return { ...request, headers };
}

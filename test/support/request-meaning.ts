/**
 * What a signed request means: two with the same text differ in nothing that a service acts on. It is
 * written down naively, beside the verifier and not with it. Headers that need no signature and have none
 * count for nothing.
 */
import { posix } from "node:path";
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";

const ORIGIN = /^https?:\/\/([^/]+)/;

export function meaningOf({ method, url, headers, body }: SignedRequest): string {
  const [target = ""] = url.replace(ORIGIN, "").split("#");
  const at = target.indexOf("?");
  const query = at === -1 ? "" : target.slice(at + 1);
  const parameters = query
    .split("&")
    .filter((text) => text !== "")
    .map((text) => {
      const [name = "", ...rest] = text.split("=");
      return JSON.stringify([decoded(name), decoded(rest.join("="))]);
    });
  const authorization = headers.get("authorization") ?? "";
  const list = /SignedHeaders=([^,\s]*)/.exec(authorization)?.[1];
  const inQuery = parameters.map((text) => /"X-Amz-SignedHeaders","(.*)"/.exec(text)?.[1]);
  const signed = (list ?? inQuery.find((text) => text !== undefined) ?? "").split(";");
  const acting = [...headers].filter(([name]) => {
    return signed.includes(name) || /^(x-amz-.*|content-type|host)$/.test(name);
  });
  // Where there is no such header, as in HTTP/2, the URL has the host.
  if (!headers.has("host")) acting.push(["host", ORIGIN.exec(url)?.[1] ?? ""]);
  return JSON.stringify({
    method,
    path: posix.normalize(at === -1 ? target : target.slice(0, at)),
    parameters: parameters.sort(),
    // Spaces between its parts, and their order, are free.
    authorization: authorization
      .replace(" ", ",")
      .split(/[\s,]+/)
      .sort(),
    acting: acting.map(([name, value]) => `${name}:${plain(name, value)}`).sort(),
    body: Buffer.from(body).toString("hex"),
  });
}

function plain(name: string, value: string): string {
  const text = value.trim().split(/\s+/).join(" ");
  return name === "host" ? text.replace(/:(80|443)$/, "") : text;
}

/** Bytes as Latin-1 characters, so that nothing is lost. */
function decoded(text: string): string {
  return Buffer.from(text)
    .toString("latin1")
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_: string, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
}

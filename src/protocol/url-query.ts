/**
 * The query of a URL as its parameters are read. A plus in it is a space, as in a form, but for a request
 * that carries a signature: signers know no such space, and what was signed is what is meant. Whether it
 * carries one is asked of the verifier's own reader, so that the two never differ.
 */
import { isPresigned } from "./sigv4/presigned-query.ts";
import { queryParametersOf } from "./sigv4/signed-request.ts";

export type UrlFacts = { readonly url: string; readonly headers: Headers };

export function urlQuery({ url, headers }: UrlFacts): string {
  const queryAt = url.indexOf("?");
  const query = queryAt === -1 ? "" : url.slice(queryAt + 1);
  return query.includes("+") &&
    (headers.has("authorization") || isPresigned(queryParametersOf(url)))
    ? query.replaceAll("+", "%2B")
    : query;
}

/**
 * The query of a URL as its parameters are read. A plus in it is a space, as in a form, but for a request
 * that carries a signature: signers know no such space, and what was signed is what is meant.
 */
export type UrlFacts = { readonly url: string; readonly headers: Headers };

export function urlQuery({ url, headers }: UrlFacts): string {
  const queryAt = url.indexOf("?");
  const query = queryAt === -1 ? "" : url.slice(queryAt + 1);
  return query.includes("+") && isSignatureShown(query, headers)
    ? query.replaceAll("+", "%2B")
    : query;
}

function isSignatureShown(query: string, headers: Headers): boolean {
  return headers.has("authorization") || query.includes("X-Amz-Signature=");
}

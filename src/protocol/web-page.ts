/**
 * Whether a web page makes a request, and one that has no business with the server: a page that a person
 * has open can send requests to whatever listens on the person's machine. Browsers say so in headers
 * that no page can take away (Fetch Metadata; the Fetch standard's Origin); other clients send neither.
 */
const OWN_SITES = ["same-origin", "none"];
const LOOPBACK_HOST = /^(?:localhost|[a-z0-9-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

export function isOfAnotherPage({ headers }: { readonly headers: Headers }): boolean {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  if (origin === null && site === null) return false;
  const host = headers.get("host") ?? "";
  // A name that somebody else points at this machine makes another page look like one of its own.
  if (!LOOPBACK_HOST.test(host)) return true;
  if (site !== null && !OWN_SITES.includes(site)) return true;
  return origin !== null && origin.replace(/^https?:\/\//, "") !== host;
}

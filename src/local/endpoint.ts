/**
 * Where the local server listens: which hosts are this machine alone, and how an address is written
 * as a URL. Without authentication only loopback is served, unless the user says that more is meant.
 */

export type Endpoint = { readonly host: string; readonly port: number };

/** True for names and addresses that only processes of this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "::1" ||
    /^127(\.\d{1,3}){3}$/.test(name)
  );
}

/** Why this host may not be served, in one sentence; undefined if it may. */
export function exposureRefusal(host: string, isMeant: boolean): string | undefined {
  if (isLoopback(host) || isMeant) return undefined;
  return `--host ${host} can be reached from other machines and requests are not authenticated. Pass --auth, or --insecure if that is meant (a container, for example), or use a loopback host.`;
}

/** The URL a client on this machine uses; a wildcard address is reached through loopback. */
export function urlOf({ host, port }: Endpoint): string {
  return `http://${urlHost(reachableHost(host))}:${port}`;
}

/** A wildcard address is for listening; connections need a real one. */
export function reachableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "::1";
  return host;
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

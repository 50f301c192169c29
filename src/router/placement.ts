/**
 * Where a region's objects are placed. The region of a client's credential scope is also the place:
 * AWS's names are mapped to the platform's location hints by their beginning; the first match wins.
 */
const HINTS: readonly (readonly [string, DurableObjectLocationHint])[] = [
  ["us-west", "wnam"],
  ["us-", "enam"],
  ["ca-", "enam"],
  ["mx-", "enam"],
  ["sa-", "sam"],
  ["eu-central", "eeur"],
  ["eu-", "weur"],
  ["ap-southeast-2", "oc"],
  ["ap-southeast-4", "oc"],
  ["ap-southeast", "apac-se"],
  ["ap-northeast", "apac-ne"],
  ["ap-", "apac"],
  ["af-", "afr"],
  ["me-", "me"],
  ["il-", "me"],
];

/** Undefined leaves the choice to the platform: near the first caller. */
export function locationHint(region: string): DurableObjectLocationHint | undefined {
  return HINTS.find(([prefix]) => region.startsWith(prefix))?.[1];
}

/**
 * The values of conditions that are more than text: numbers, dates and booleans, as a policy or a request
 * writes them (IAM user guide, "Condition operators"). Text that is none of these is undefined: in a
 * policy that is a flaw, in a request it matches nothing.
 */

const NUMBER = /^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})$/;
const EPOCH_SECONDS = /^\d{5,12}$/;
/** ISO 8601 as the W3C's profile has it: from a year down to a fraction of a second with its zone. */
const DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d))?)?)?$/;
const MINUTE_MS = 60_000;

export function parseNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** In milliseconds since 1970; also from seconds since then, as aws:EpochTime has them. */
export function parseDate(text: string): number | undefined {
  if (EPOCH_SECONDS.test(text)) return Number(text) * 1000;
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "01", day = "01", hour = "00", minute = "00", second = "00"] = match;
  const [, , , , , , , fraction = "", zone = "Z"] = match;
  const atMs = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second, millisecondsOf(fraction));
  const date = new Date(atMs);
  // Date.UTC moves a 31st of February into March.
  const isReal =
    date.getUTCMonth() === +month - 1 && date.getUTCDate() === +day && +hour < 24 && +minute < 60;
  return isReal && +second < 60 ? atMs - offsetMs(zone) : undefined;
}

export function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === "true") return true;
  return lower === "false" ? false : undefined;
}

function millisecondsOf(fraction: string): number {
  return Number(fraction.slice(0, 3).padEnd(3, "0"));
}

/** How far a zone, such as +01:00, is ahead. */
function offsetMs(zone: string): number {
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -minutes : minutes) * MINUTE_MS;
}

/**
 * IpRange: an IP address, or the block of addresses that CIDR notation names, of version 4 or 6. An
 * address is its 4 or 16 bytes, so ranges compare whatever the spelling; the two versions never match
 * each other, except that an IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
 */
export type IpRange = { readonly bytes: readonly number[]; readonly prefixBits: number };

const DECIMAL = /^(0|[1-9][0-9]{0,2})$/;
const HEX = /^[0-9A-Fa-f]{1,4}$/;
const IPV4_IN_IPV6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

/** Bits beyond the prefix do not count, as `10.0.0.1/8` has them. */
export function parseIpRange(text: string): IpRange | undefined {
  const slash = text.indexOf("/");
  const written = slash < 0 ? text : text.slice(0, slash);
  const bytes = parseIpAddress(written);
  if (bytes === undefined) return undefined;
  const bits = bytes.length * 8;
  if (slash < 0) return { bytes, prefixBits: bits };
  // The prefix counts the bits of the address as it is written.
  const writtenBits = written.includes(":") ? 128 : 32;
  const digits = text.slice(slash + 1);
  const prefixBits = DECIMAL.test(digits) ? Number(digits) - (writtenBits - bits) : -1;
  return prefixBits >= 0 && prefixBits <= bits ? { bytes, prefixBits } : undefined;
}

export function isInRange(address: string, range: IpRange): boolean {
  const bytes = parseIpAddress(address);
  if (bytes === undefined || bytes.length !== range.bytes.length) return false;
  return bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, range.prefixBits - index * 8));
    const mask = 0xff & (0xff << (8 - bits));
    return (byte & mask) === ((range.bytes[index] ?? 0) & mask);
  });
}

/** Whose addresses are one customer's as a rule: an IPv4 address, or the /64 of one of IPv6. */
export function networkOf(address: string): string {
  const bytes = parseIpAddress(address);
  if (bytes === undefined) return address;
  if (bytes.length === 4) return bytes.join(".");
  const prefix = bytes.slice(0, 8).map((byte) => byte.toString(16).padStart(2, "0"));
  return `${prefix.join("")}/64`;
}

function parseIpAddress(text: string): readonly number[] | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const bytes = parseIpv6(text);
  const isIpv4 = IPV4_IN_IPV6.every((byte, index) => bytes?.[index] === byte);
  return isIpv4 ? bytes?.slice(IPV4_IN_IPV6.length) : bytes;
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split(".", 5);
  const bytes = parts.map((part) => (DECIMAL.test(part) ? Number(part) : 256));
  return bytes.length === 4 && bytes.every((byte) => byte < 256) ? bytes : undefined;
}

/** RFC 4291, section 2.2: eight groups, of which `::` stands for one or more that are zero. */
function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split("::", 3);
  const groups = halves.map((half, index) => groupBytes(half, index === halves.length - 1));
  const [head, tail] = groups;
  if (head === undefined || groups.length > 2) return undefined;
  if (groups.length === 1) return head.length === 16 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  const zeros = Array.from({ length: 16 - head.length - tail.length }, () => 0);
  return [...head, ...zeros, ...tail];
}

function groupBytes(text: string, isLast: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":", 9);
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    const ipv4 = isLast && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 !== undefined) bytes.push(...ipv4);
    else if (HEX.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

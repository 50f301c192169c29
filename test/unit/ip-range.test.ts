/** Which network an address belongs to, whatever its spelling (RFC 4291, section 2.2). */
import { expect, test } from "vitest";
import { networkOf } from "../../src/domain/policy/ip-range.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:c000:201", "192.0.2.1"],
  ["2001:db8:0:1::1", "20010db800000001/64"],
  ["2001:0DB8:0000:0001:ffff:ffff:ffff:ffff", "20010db800000001/64"],
  ["2001:db8:0:2::1", "20010db800000002/64"],
  ["::1", "0000000000000000/64"],
])("%s is in %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test.each(["", "fe80::1%eth0", "nobody", "1.2.3", "1:2:3"])(
  "%j is no address, and itself",
  (text) => {
    expect(networkOf(text)).toBe(text);
  },
);

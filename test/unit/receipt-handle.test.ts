/**
 * Receipt handles: what was sealed is opened as it was, and nothing else is; whatever the bytes that
 * somebody changes, a handle of the queue becomes garbage and never another receipt.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  openGroupReceiptHandles,
  openReceiptHandles,
  type Receipt,
  type ReceiptIssuer,
  sealGroupReceiptHandles,
  sealReceiptHandles,
} from "../../src/domain/receipt-handle.ts";

const ISSUER: ReceiptIssuer = {
  uid: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  key: new Uint8Array(32).fill(9),
};
const UID_BYTES = [1, 2, 3, 4, 5, 6, 7, 8];

const RECEIPT: fc.Arbitrary<Receipt> = fc.record({
  segmentId: fc.maxSafeNat(),
  segmentTag: fc.nat({ max: 2 ** 32 - 1 }),
  index: fc.nat({ max: 2 ** 16 - 1 }),
  receiptNonce: fc.nat({ max: 2 ** 32 - 1 }),
  receivedAtMs: fc.nat({ max: 2 ** 48 - 1 }),
});
const RECEIPTS = fc.array(RECEIPT, { maxLength: 10 });

describe("receipt handles", () => {
  test("are opened as they were sealed, however many at a time", () => {
    fc.assert(
      fc.property(RECEIPTS, (receipts) => {
        const handles = sealReceiptHandles(receipts, ISSUER);
        const opened = receipts.map((receipt) => ({ kind: "receipt", receipt }));
        expect(openReceiptHandles(handles, ISSUER)).toEqual(opened);
      }),
    );
  });

  test("are 64 characters of standard base64, in which no hyphen occurs", () => {
    fc.assert(
      fc.property(RECEIPTS, (receipts) => {
        for (const handle of sealReceiptHandles(receipts, ISSUER)) {
          expect(handle).toMatch(/^[A-Za-z0-9+/]{64}$/);
        }
      }),
    );
  });

  test("that had any byte changed are garbage, or another queue's where the uid was changed", () => {
    const change = fc.record({
      receipt: RECEIPT,
      at: fc.nat({ max: 47 }),
      by: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(change, ({ receipt, at, by }) => {
        const bytes = Buffer.from(sealReceiptHandles([receipt], ISSUER)[0] ?? "", "base64");
        bytes.writeUInt8(bytes.readUInt8(at) ^ by, at);
        const kind = UID_BYTES.includes(at) ? "foreign" : "garbage";
        expect(openReceiptHandles([bytes.toString("base64")], ISSUER)).toEqual([{ kind }]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("are garbage to a queue of the same uid and another key", () => {
    const handles = sealReceiptHandles(fc.sample(RECEIPT, 1), ISSUER);
    const other = { uid: ISSUER.uid, key: new Uint8Array(32).fill(8) };
    expect(openReceiptHandles(handles, other)).toEqual([{ kind: "garbage" }]);
  });

  test("keep their places among texts that are none", () => {
    const [receipt] = fc.sample(RECEIPT, 1);
    const [handle = ""] = sealReceiptHandles(receipt === undefined ? [] : [receipt], ISSUER);
    const texts = ["", handle, "garbage", `${handle}A`, handle.slice(1), "é".repeat(64), handle];
    const kinds = openReceiptHandles(texts, ISSUER).map(({ kind }) => kind);
    expect(kinds).toEqual([
      "garbage",
      "receipt",
      "garbage",
      "garbage",
      "garbage",
      "garbage",
      "receipt",
    ]);
  });
});

describe("receipt handles of a message group", () => {
  const GROUP_NAME = fc
    .uint8Array({ minLength: 24, maxLength: 24 })
    .map((bytes) => Buffer.from(bytes).toString("hex"));

  test("name the group's object beside the receipt", () => {
    fc.assert(
      fc.property(RECEIPTS, GROUP_NAME, (receipts, groupName) => {
        const handles = sealGroupReceiptHandles(receipts, groupName, ISSUER);
        const opened = receipts.map((receipt) => {
          return { kind: "receipt", receipt: { ...receipt, groupName } };
        });
        expect(openGroupReceiptHandles(handles, ISSUER)).toEqual(opened);
      }),
    );
  });

  test("that had any byte changed lead to no group", () => {
    const change = fc.record({ at: fc.nat({ max: 71 }), by: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(RECEIPT, GROUP_NAME, change, (receipt, groupName, { at, by }) => {
        const handle = sealGroupReceiptHandles([receipt], groupName, ISSUER)[0] ?? "";
        const bytes = Buffer.from(handle, "base64");
        bytes.writeUInt8(bytes.readUInt8(at) ^ by, at);
        const kind = UID_BYTES.length >= at && at > 0 ? "foreign" : "garbage";
        expect(openGroupReceiptHandles([bytes.toString("base64")], ISSUER)).toEqual([{ kind }]);
      }),
    );
  });

  test("are another queue's to a standard queue, and the other way round", () => {
    fc.assert(
      fc.property(RECEIPT, GROUP_NAME, (receipt, groupName) => {
        const grouped = sealGroupReceiptHandles([receipt], groupName, ISSUER);
        const ungrouped = sealReceiptHandles([receipt], ISSUER);
        expect(openReceiptHandles(grouped, ISSUER)).toEqual([{ kind: "foreign" }]);
        expect(openGroupReceiptHandles(ungrouped, ISSUER)).toEqual([{ kind: "foreign" }]);
      }),
    );
  });
});

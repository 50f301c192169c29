/**
 * Sealed payloads: they open with the key that sealed them, in the account and region that they were
 * sent in and after every rotation that keeps the key; altered in any byte they do not open.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assert } from "../../src/domain/assert.ts";
import type { EncryptionTerms } from "../../src/domain/encryption-terms.ts";
import { MANAGED } from "../../src/domain/encryption-terms.ts";
import { packSealedHeader, readSealed } from "../../src/domain/sealed-payload.ts";
import { Keyring, type KeyringSecrets } from "../../src/router/keyring.ts";
import {
  openedSeal,
  sealedDraft,
  sealingEnvelope,
  sealingOf,
} from "../../src/router/message-seal.ts";
import { draftPayload } from "../../src/router/payload.ts";
import { seedOfRun } from "../support/seeded-random.ts";

const SEED = seedOfRun();
const NOW_MS = 1_790_000_000_000;
const IDENTITY = { accountId: "000000000000", region: "us-east-1", queueName: "orders" };
const MD5 = "78e731027d8fd50ed642340b7c9a63b3";
const KMS_ID = "1234abcd-12ab-34cd-56ef-1234567890ab";

function rootKeys(...names: string[]): string {
  return names.map((name) => `${name}:${keyOf(name.charCodeAt(0))}`).join(",");
}

function keyOf(byte: number): string {
  return Buffer.alloc(32, byte).toString("base64");
}

function kmsKeys(isEnabled: boolean): string {
  return JSON.stringify([{ id: KMS_ID, aliases: ["alias/orders"], key: keyOf(1), isEnabled }]);
}

function keyring(secrets: KeyringSecrets): Keyring {
  const read = Keyring.read(secrets);
  assert(read instanceof Keyring, "the secrets of a test are well-formed");
  return read;
}

const ROOTED = keyring({ MILLRACE_ROOT_KEYS: rootKeys("a") });
const KMS = keyring({ MILLRACE_KMS_KEYS: kmsKeys(true) });
const BY_KMS: EncryptionTerms = { kind: "kms", keyId: "alias/orders", reuseSeconds: 300 };

async function sealed(
  body: string,
  keys = ROOTED,
  { terms = MANAGED, identity = IDENTITY, nowMs = NOW_MS } = {},
): Promise<Buffer> {
  const sealing = sealingOf(terms, keys);
  assert(sealing.ok && sealing.value !== undefined, "there is a key");
  const draft = draftPayload(body, MD5, { senderId: "s" });
  const { payloadBytes, write } = await sealedDraft(
    draft,
    sealingEnvelope(sealing.value, identity, nowMs),
  );
  const payload = Buffer.alloc(payloadBytes);
  write(payload, 0);
  return payload;
}

async function opens(payload: Buffer, keys = ROOTED, identity = IDENTITY): Promise<boolean> {
  return (await openedSeal(payload, identity, keys)).ok;
}

describe("a sealed payload", () => {
  test("opens as it was, whatever it holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 300 }), async (body) => {
        const draft = draftPayload(body, MD5, { senderId: "s" });
        const plain = Buffer.alloc(draft.payloadBytes);
        draft.write(plain, 0);
        const opened = await openedSeal(await sealed(body), IDENTITY, ROOTED);
        expect(opened).toEqual({ ok: true, payload: plain });
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  test("shows nothing of its content, and never looks the same twice", async () => {
    const [one, other] = [await sealed("a marked body"), await sealed("a marked body")];
    expect(one.includes("marked")).toBe(false);
    expect(one.includes(Buffer.from(MD5, "hex"))).toBe(false);
    expect(one.equals(other)).toBe(false);
  });

  test("does not open with any bit of it altered, nor cut or lengthened anywhere", async () => {
    const payload = await sealed("body");
    for (const [at, byte] of payload.entries()) {
      for (let bit = 0; bit < 8; bit++) {
        const altered = Buffer.from(payload);
        altered[at] = byte ^ (1 << bit);
        expect(await opens(altered), `bit ${bit} of byte ${at}`).toBe(false);
      }
      expect(await opens(payload.subarray(0, at)), `cut at ${at}`).toBe(false);
    }
    expect(await opens(Buffer.concat([payload, Buffer.alloc(1)]))).toBe(false);
  });

  test("opens in whatever queue of its account and region it was moved to", async () => {
    const payload = await sealed("body");
    expect(await opens(payload, ROOTED, { ...IDENTITY, queueName: "dead-letters" })).toBe(true);
    expect(await opens(payload, ROOTED, { ...IDENTITY, accountId: "000000000001" })).toBe(false);
    expect(await opens(payload, ROOTED, { ...IDENTITY, region: "eu-west-1" })).toBe(false);
  });

  test("does not open as another queue's, or as of another period", async () => {
    const frame = readSealed(await sealed("body"));
    assert(frame !== undefined, "it is sealed");
    for (const change of [{ queueName: "others" }, { keySinceSeconds: 0 }]) {
      const header = packSealedHeader({ ...frame, ...change });
      expect(await opens(Buffer.concat([header, frame.sealed]))).toBe(false);
    }
  });

  test("is of a fresh data key after each period of reuse", async () => {
    const since = async (nowMs: number) => {
      return readSealed(await sealed("", KMS, { terms: BY_KMS, nowMs }))?.keySinceSeconds;
    };
    const beginMs = NOW_MS - (NOW_MS % 300_000);
    expect(await since(beginMs)).toBe(beginMs / 1000);
    expect(await since(beginMs + 299_999)).toBe(beginMs / 1000);
    expect(await since(beginMs + 300_000)).toBe(beginMs / 1000 + 300);
  });
});

describe("after a rotation", () => {
  test("the new root key seals, and the old one still opens", async () => {
    const before = await sealed("body", keyring({ MILLRACE_ROOT_KEYS: rootKeys("a") }));
    const rotated = keyring({ MILLRACE_ROOT_KEYS: rootKeys("b", "a") });
    expect(await opens(before, rotated)).toBe(true);
    const after = await sealed("body", rotated);
    expect(readSealed(after)?.keyName).toBe("b");
    expect(await opens(after, rotated)).toBe(true);
    expect(await opens(after, keyring({ MILLRACE_ROOT_KEYS: rootKeys("a") }))).toBe(false);
  });

  test("what a removed root key sealed does not open, and says which key it wants", async () => {
    const opened = await openedSeal(
      await sealed("body"),
      IDENTITY,
      keyring({ MILLRACE_ROOT_KEYS: rootKeys("b") }),
    );
    expect(opened).toEqual({ ok: false, why: "there is no root key a", refusal: undefined });
  });

  test("a key of the same name with other bytes does not open", async () => {
    const other = keyring({ MILLRACE_ROOT_KEYS: `a:${keyOf(9)}` });
    expect(await opens(await sealed("body"), other)).toBe(false);
  });
});

describe("a KMS key", () => {
  test.each(["alias/orders", KMS_ID, `arn:aws:kms:us-east-1:000000000000:key/${KMS_ID}`])(
    "that is named as %s seals, and opens by its id",
    async (keyId) => {
      const payload = await sealed("body", KMS, { terms: { ...BY_KMS, keyId } });
      expect(readSealed(payload)).toMatchObject({ keyKind: "kms", keyName: KMS_ID });
      const renamed = JSON.stringify([{ id: KMS_ID, key: keyOf(1) }]);
      expect(await opens(payload, keyring({ MILLRACE_KMS_KEYS: renamed }))).toBe(true);
    },
  );

  test("that is disabled neither seals nor opens", async () => {
    const disabled = keyring({ MILLRACE_KMS_KEYS: kmsKeys(false) });
    const refusal = { kind: "kms-key-disabled", keyId: "alias/orders" };
    expect(sealingOf(BY_KMS, disabled)).toEqual({ ok: false, refusal });
    const payload = await sealed("body", KMS, { terms: BY_KMS });
    const opened = await openedSeal(payload, IDENTITY, disabled);
    expect(opened).toMatchObject({ ok: false, refusal: { ...refusal, keyId: KMS_ID } });
  });

  test.each(["alias/aws/sqs", "arn:aws:kms:eu-west-1:000000000000:alias/aws/sqs"])(
    "of AWS's own, %s, is the root keys",
    async (keyId) => {
      const payload = await sealed("body", ROOTED, { terms: { ...BY_KMS, keyId } });
      expect(readSealed(payload)).toMatchObject({ keyKind: "root", keyName: "a" });
    },
  );

  test("that nobody has is missing, also where there are no KMS keys at all", () => {
    const refusal = { kind: "kms-key-missing", keyId: "alias/orders" };
    expect(sealingOf(BY_KMS, ROOTED)).toEqual({ ok: false, refusal });
  });

  test("is not missed by a deployment without any keys, which seals nothing", () => {
    expect(sealingOf(BY_KMS, keyring({}))).toEqual({ ok: true, value: undefined });
  });
});

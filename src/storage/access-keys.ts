/**
 * AccessKeys: the long-term keys of an account's users, two of a user at most. Secrets are sealed before
 * they come here. Whoever deletes or switches off a key has ended what was opened with it: see Sessions.
 */

import { ACCESS_KEYS_PER_USER_MAX, LAST_USED_INTERVAL_MS } from "../domain/iam-limits.ts";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { AccessKey, KeyUse } from "../domain/identity-record.ts";
import {
  bytesColumn,
  integerColumn,
  optionalIntegerColumn,
  type Row,
  type Sql,
  textColumn,
} from "./sql.ts";

/** Of a new one, which is active and unused. */
export type NewAccessKey = Pick<
  AccessKey,
  "accessKeyId" | "userId" | "sealedSecret" | "createdAtMs"
>;

export class AccessKeys {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  create({ accessKeyId, userId, sealedSecret, createdAtMs }: NewAccessKey): IamResult<undefined> {
    if (this.ofUser(userId).length >= ACCESS_KEYS_PER_USER_MAX) {
      return denied({ kind: "too-many-access-keys" });
    }
    this.#sql.rows(
      `INSERT INTO access_key(access_key_id, user_id, is_active, sealed_secret, created_at_ms)
       VALUES (?, ?, 1, ?, ?)`,
      accessKeyId,
      userId,
      sealedSecret,
      createdAtMs,
    );
    return granted(undefined);
  }

  find(accessKeyId: string): AccessKey | undefined {
    const row = this.#sql.rows("SELECT * FROM access_key WHERE access_key_id = ?", accessKeyId)[0];
    return row === undefined ? undefined : storedKey(row);
  }

  /** The user's own, or none: one that is another user's is not there either. */
  ofUserNamed(userId: string, accessKeyId: string): IamResult<AccessKey> {
    const key = this.find(accessKeyId);
    return key?.userId === userId
      ? granted(key)
      : denied({ kind: "access-key-does-not-exist", accessKeyId });
  }

  /** The oldest first. */
  ofUser(userId: string): AccessKey[] {
    return this.#sql
      .rows(
        "SELECT * FROM access_key WHERE user_id = ? ORDER BY created_at_ms, access_key_id",
        userId,
      )
      .map(storedKey);
  }

  setActive(accessKeyId: string, isActive: boolean): void {
    this.#sql.rows(
      "UPDATE access_key SET is_active = ? WHERE access_key_id = ?",
      isActive ? 1 : 0,
      accessKeyId,
    );
  }

  delete(accessKeyId: string): void {
    this.#sql.rows("DELETE FROM access_key WHERE access_key_id = ?", accessKeyId);
  }

  /** Every isolate tells of a key's use: what was told a moment ago is not written again. */
  noteUse({ accessKeyId, usedAtMs, service, region }: KeyUse): void {
    this.#sql.rows(
      `UPDATE access_key SET used_at_ms = ?, used_service = ?, used_region = ?
       WHERE access_key_id = ? AND (used_at_ms IS NULL OR used_at_ms <= ?)`,
      usedAtMs,
      service,
      region,
      accessKeyId,
      usedAtMs - LAST_USED_INTERVAL_MS,
    );
  }
}

function storedKey(row: Row): AccessKey {
  const accessKeyId = textColumn(row, "access_key_id");
  const usedAtMs = optionalIntegerColumn(row, "used_at_ms");
  return {
    accessKeyId,
    userId: textColumn(row, "user_id"),
    isActive: integerColumn(row, "is_active") === 1,
    sealedSecret: bytesColumn(row, "sealed_secret"),
    createdAtMs: integerColumn(row, "created_at_ms"),
    lastUse:
      usedAtMs === undefined
        ? null
        : {
            accessKeyId,
            usedAtMs,
            service: textColumn(row, "used_service"),
            region: textColumn(row, "used_region"),
          },
  };
}

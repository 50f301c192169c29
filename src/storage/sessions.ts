/**
 * Sessions: temporary credentials of a user or of an account's root, until they expire. A session ends
 * with the key that it was opened with: a stolen key that was revoked has left nothing behind.
 *
 * Expired ones are cleared when another one is opened; until then they open nothing, because whoever finds
 * one looks at the clock.
 */

import { assert } from "../domain/assert.ts";
import { SESSIONS_PER_HOLDER_MAX } from "../domain/iam-limits.ts";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { Session } from "../domain/identity-record.ts";
import { bytesColumn, integerColumn, type Row, type Sql, textColumn } from "./sql.ts";

export class Sessions {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  open(session: Session, nowMs: number): IamResult<undefined> {
    this.#sql.rows("DELETE FROM session WHERE expires_at_ms <= ?", nowMs);
    const [row] = this.#sql.rows(
      "SELECT count(*) AS n FROM session WHERE user_id IS ?",
      session.userId,
    );
    if (row !== undefined && integerColumn(row, "n") >= SESSIONS_PER_HOLDER_MAX) {
      return denied({ kind: "too-many-sessions" });
    }
    this.#sql.rows(
      `INSERT INTO session(
         access_key_id, kind, user_id, opened_by, sealed_secret, token_digest, expires_at_ms
       ) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      session.accessKeyId,
      session.kind,
      session.userId,
      session.openedBy,
      session.sealedSecret,
      session.tokenDigest,
      session.expiresAtMs,
    );
    return granted(undefined);
  }

  find(accessKeyId: string): Session | undefined {
    const row = this.#sql.rows("SELECT * FROM session WHERE access_key_id = ?", accessKeyId)[0];
    return row === undefined ? undefined : storedSession(row);
  }

  endThoseOpenedBy(accessKeyId: string): void {
    this.#sql.rows("DELETE FROM session WHERE opened_by = ?", accessKeyId);
  }

  endThoseOf(userId: string): void {
    this.#sql.rows("DELETE FROM session WHERE user_id = ?", userId);
  }
}

function storedSession(row: Row): Session {
  const kind = textColumn(row, "kind");
  assert(
    kind === "session-token" || kind === "assumed-root",
    "a stored session is of a known kind",
  );
  return {
    accessKeyId: textColumn(row, "access_key_id"),
    kind,
    userId: row["user_id"] === null ? null : textColumn(row, "user_id"),
    openedBy: textColumn(row, "opened_by"),
    sealedSecret: bytesColumn(row, "sealed_secret"),
    tokenDigest: bytesColumn(row, "token_digest"),
    expiresAtMs: integerColumn(row, "expires_at_ms"),
  };
}

/**
 * Users: the users of an account and their inline policies. Names are unique without regard to case, as
 * IAM has it, and looked up by the exact name: a policy that names `user/bob` must not be passed by as
 * `user/Bob`.
 */

import { policyCharacters, USER_POLICIES_CHARACTERS_MAX, USERS_MAX } from "../domain/iam-limits.ts";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { Listing, ListQuery, User } from "../domain/identity-record.ts";
import { integerColumn, type Row, type Sql, textColumn } from "./sql.ts";

export class Users {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  create(user: User): IamResult<User> {
    const { userName, userId, createdAtMs } = user;
    const nameKey = userName.toLowerCase();
    const namesakes = this.#sql.rows("SELECT 1 FROM iam_user WHERE name_key = ?", nameKey);
    if (namesakes.length > 0) return denied({ kind: "user-exists", userName });
    if (this.#count("SELECT count(*) AS n FROM iam_user") >= USERS_MAX) {
      return denied({ kind: "too-many-users" });
    }
    this.#sql.rows(
      "INSERT INTO iam_user(user_id, user_name, name_key, created_at_ms) VALUES (?, ?, ?, ?)",
      userId,
      userName,
      nameKey,
      createdAtMs,
    );
    return granted(user);
  }

  named(userName: string): IamResult<User> {
    const row = this.#sql.rows(
      "SELECT * FROM iam_user WHERE name_key = ?",
      userName.toLowerCase(),
    )[0];
    const user = row === undefined ? undefined : storedUser(row);
    return user?.userName === userName
      ? granted(user)
      : denied({ kind: "user-does-not-exist", userName });
  }

  withId(userId: string): User | undefined {
    const row = this.#sql.rows("SELECT * FROM iam_user WHERE user_id = ?", userId)[0];
    return row === undefined ? undefined : storedUser(row);
  }

  list({ afterName, limit }: ListQuery): Listing<User> {
    const rows = this.#sql.rows(
      "SELECT * FROM iam_user WHERE name_key > ? ORDER BY name_key LIMIT ?",
      afterName.toLowerCase(),
      limit + 1,
    );
    return { items: rows.slice(0, limit).map(storedUser), hasMore: rows.length > limit };
  }

  /** Whether keys and policies are gone is for the caller to see to. */
  delete(userId: string): void {
    this.#sql.rows("DELETE FROM iam_user WHERE user_id = ?", userId);
  }

  hasPolicies(userId: string): boolean {
    return this.#sql.rows("SELECT 1 FROM user_policy WHERE user_id = ? LIMIT 1", userId).length > 0;
  }

  putPolicy(
    { userId, userName }: User,
    { policyName, document }: { policyName: string; document: string },
  ): IamResult<undefined> {
    const others = this.#sql
      .rows(
        "SELECT document FROM user_policy WHERE user_id = ? AND policy_name <> ?",
        userId,
        policyName,
      )
      .map((row) => textColumn(row, "document"));
    const characters = [...others, document].reduce((sum, text) => sum + policyCharacters(text), 0);
    if (characters > USER_POLICIES_CHARACTERS_MAX) {
      return denied({ kind: "user-policies-too-long", userName });
    }
    this.#sql.rows(
      "INSERT OR REPLACE INTO user_policy(user_id, policy_name, document) VALUES (?, ?, ?)",
      userId,
      policyName,
      document,
    );
    return granted(undefined);
  }

  policy(userId: string, policyName: string): IamResult<string> {
    const row = this.#sql.rows(
      "SELECT document FROM user_policy WHERE user_id = ? AND policy_name = ?",
      userId,
      policyName,
    )[0];
    return row === undefined
      ? denied({ kind: "user-policy-does-not-exist", policyName })
      : granted(textColumn(row, "document"));
  }

  policyNames(userId: string, { afterName, limit }: ListQuery): Listing<string> {
    const rows = this.#sql.rows(
      `SELECT policy_name FROM user_policy WHERE user_id = ? AND policy_name > ?
       ORDER BY policy_name LIMIT ?`,
      userId,
      afterName,
      limit + 1,
    );
    const names = rows.slice(0, limit).map((row) => textColumn(row, "policy_name"));
    return { items: names, hasMore: rows.length > limit };
  }

  /** All documents: together they are short. */
  policyDocuments(userId: string): string[] {
    return this.#sql
      .rows("SELECT document FROM user_policy WHERE user_id = ? ORDER BY policy_name", userId)
      .map((row) => textColumn(row, "document"));
  }

  deletePolicy(userId: string, policyName: string): IamResult<undefined> {
    const found = this.policy(userId, policyName);
    if (!found.ok) return found;
    this.#sql.rows(
      "DELETE FROM user_policy WHERE user_id = ? AND policy_name = ?",
      userId,
      policyName,
    );
    return granted(undefined);
  }

  #count(statement: string): number {
    const [row] = this.#sql.rows(statement);
    return row === undefined ? 0 : integerColumn(row, "n");
  }
}

function storedUser(row: Row): User {
  return {
    userName: textColumn(row, "user_name"),
    userId: textColumn(row, "user_id"),
    createdAtMs: integerColumn(row, "created_at_ms"),
  };
}

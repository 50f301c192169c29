/**
 * CreatedAccounts: the accounts of a deployment, kept by the deployment's own, which is one of them. An
 * account is never forgotten, so that its id is never given to another.
 */

import { ACCOUNTS_MAX } from "../domain/iam-limits.ts";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { CreatedAccount, Listing } from "../domain/identity-record.ts";
import { integerColumn, type Row, type Sql, textColumn } from "./sql.ts";

/** The ids are random: the first that is free is taken. */
export type AccountRequest = Omit<CreatedAccount, "accountId"> & {
  readonly accountIds: readonly string[];
};

export class CreatedAccounts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** "email-taken" is what AWS, too, tells only after it has accepted the request. */
  create(request: AccountRequest): IamResult<CreatedAccount | "email-taken"> {
    const { accountIds, ...rest } = request;
    const emailKey = request.email.toLowerCase();
    const namesakes = this.#sql.rows("SELECT 1 FROM created_account WHERE email_key = ?", emailKey);
    if (namesakes.length > 0) return granted("email-taken");
    const [row] = this.#sql.rows("SELECT count(*) AS n FROM created_account");
    const isFull = row !== undefined && integerColumn(row, "n") >= ACCOUNTS_MAX;
    const accountId = accountIds.find((id) => this.find(id) === undefined);
    if (isFull || accountId === undefined) return denied({ kind: "too-many-accounts" });
    const account = { ...rest, accountId };
    this.#insert(account);
    return granted(account);
  }

  /** The deployment's own account is there as soon as anyone asks. */
  ensureOwn(accountId: string, createdAtMs: number): void {
    if (this.find(accountId) !== undefined) return;
    this.#insert({ accountId, accountName: "Millrace", email: "", requestId: "", createdAtMs });
  }

  find(accountId: string): CreatedAccount | undefined {
    const row = this.#sql.rows("SELECT * FROM created_account WHERE account_id = ?", accountId)[0];
    return row === undefined ? undefined : storedAccount(row);
  }

  ofRequest(requestId: string): CreatedAccount | undefined {
    const row = this.#sql.rows("SELECT * FROM created_account WHERE request_id = ?", requestId)[0];
    return row === undefined ? undefined : storedAccount(row);
  }

  list({ afterId, limit }: { afterId: string; limit: number }): Listing<CreatedAccount> {
    const rows = this.#sql.rows(
      "SELECT * FROM created_account WHERE account_id > ? ORDER BY account_id LIMIT ?",
      afterId,
      limit + 1,
    );
    return { items: rows.slice(0, limit).map(storedAccount), hasMore: rows.length > limit };
  }

  #insert({ accountId, accountName, email, requestId, createdAtMs }: CreatedAccount): void {
    this.#sql.rows(
      `INSERT INTO created_account(
         account_id, account_name, email, email_key, request_id, created_at_ms
       ) VALUES (?, ?, ?, ?, ?, ?)`,
      accountId,
      accountName,
      email,
      email.toLowerCase(),
      requestId,
      createdAtMs,
    );
  }
}

function storedAccount(row: Row): CreatedAccount {
  return {
    accountId: textColumn(row, "account_id"),
    accountName: textColumn(row, "account_name"),
    email: textColumn(row, "email"),
    requestId: textColumn(row, "request_id"),
    createdAtMs: integerColumn(row, "created_at_ms"),
  };
}

/**
 * The tables of an account's users and keys:
 *
 *   iam_user        name_key is the name in small letters: two names that differ in case alone are one
 *   user_policy     inline policies, as their documents were put
 *   access_key      the secret is sealed; what opens it never comes here
 *   session         temporary credentials: sealed, too, and of the session's token only a digest;
 *                   user_id is NULL for the root
 *   created_account of the deployment's own account: all accounts that there are
 *
 * Rows belong to a user's id and not to its name: who is created anew under a name inherits nothing.
 */
import { existingTables, type Sql } from "./sql.ts";

export function hasIdentityTables(sql: Sql): boolean {
  return existingTables(sql, ["session"]).length > 0;
}

export function createIdentityTables(sql: Sql): void {
  for (const statement of STATEMENTS) sql.rows(statement);
}

const STATEMENTS = [
  `CREATE TABLE IF NOT EXISTS iam_user(
     user_id TEXT PRIMARY KEY, user_name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
     created_at_ms INTEGER NOT NULL
   ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS user_policy(
     user_id TEXT NOT NULL, policy_name TEXT NOT NULL, document TEXT NOT NULL,
     PRIMARY KEY (user_id, policy_name)
   ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS access_key(
     access_key_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, is_active INTEGER NOT NULL,
     sealed_secret BLOB NOT NULL, created_at_ms INTEGER NOT NULL,
     used_at_ms INTEGER, used_service TEXT, used_region TEXT
   ) WITHOUT ROWID`,
  "CREATE INDEX IF NOT EXISTS access_key_by_user ON access_key(user_id, created_at_ms)",
  `CREATE TABLE IF NOT EXISTS created_account(
     account_id TEXT PRIMARY KEY, account_name TEXT NOT NULL, email TEXT NOT NULL,
     email_key TEXT NOT NULL UNIQUE, request_id TEXT NOT NULL UNIQUE, created_at_ms INTEGER NOT NULL
   ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS session(
     access_key_id TEXT PRIMARY KEY, kind TEXT NOT NULL, user_id TEXT, opened_by TEXT NOT NULL,
     sealed_secret BLOB NOT NULL, token_digest BLOB NOT NULL, expires_at_ms INTEGER NOT NULL
   ) WITHOUT ROWID`,
  "CREATE INDEX IF NOT EXISTS session_by_expiry ON session(expires_at_ms)",
  "CREATE INDEX IF NOT EXISTS session_by_user ON session(user_id)",
  "CREATE INDEX IF NOT EXISTS session_by_opener ON session(opened_by)",
];

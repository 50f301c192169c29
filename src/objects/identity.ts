/**
 * Identity: an account's users, their keys and policies, and its temporary credentials; one object for all
 * regions. The deployment's own account also keeps which accounts there are.
 *
 * It sees secrets only sealed, by a key that it does not have, and never a session's token. Who may call
 * is decided before it is asked. Looking for a key writes nothing, because anybody can ask for one.
 */
import { DurableObject } from "cloudflare:workers";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type {
  AccessKey,
  CreatedAccount,
  KeyRecord,
  KeyUse,
  Listing,
  ListQuery,
  Session,
  User,
} from "../domain/identity-record.ts";
import { AccessKeys } from "../storage/access-keys.ts";
import { type AccountRequest, CreatedAccounts } from "../storage/created-accounts.ts";
import { createIdentityTables, hasIdentityTables } from "../storage/identity-schema.ts";
import { Sessions } from "../storage/sessions.ts";
import { Users } from "../storage/users.ts";
import { Clock } from "./clock.ts";
import { DurableSql } from "./durable-sql.ts";

export type OwnedAccessKey = { readonly user: User; readonly accessKey: AccessKey };
type KeyName = { readonly userName: string; readonly accessKeyId: string };
type PolicyName = { readonly userName: string; readonly policyName: string };

export class Identity extends DurableObject {
  readonly #sql = new DurableSql(this.ctx.storage.sql);
  readonly #clock = new Clock();
  readonly #users = new Users(this.#sql);
  readonly #accessKeys = new AccessKeys(this.#sql);
  readonly #sessions = new Sessions(this.#sql);
  readonly #accounts = new CreatedAccounts(this.#sql);
  #isPrepared = false;

  /** Undefined for what is no key, or is not usable; an expired session is the caller's to tell. */
  findKey(accessKeyId: string): KeyRecord | undefined {
    if (!this.#isPrepared && !hasIdentityTables(this.#sql)) return undefined;
    this.#prepare();
    const accessKey = this.#accessKeys.find(accessKeyId);
    if (accessKey !== undefined) return this.#keyRecord(accessKey);
    const session = this.#sessions.find(accessKeyId);
    return session === undefined ? undefined : this.#sessionRecord(session);
  }

  /** Told now and then, and never waited for. */
  noteKeyUse(use: KeyUse): void {
    if (this.#isPrepared || hasIdentityTables(this.#sql)) this.#accessKeys.noteUse(use);
  }

  createUser({ userName, userId }: Pick<User, "userName" | "userId">): IamResult<User> {
    this.#prepare();
    return this.#users.create({ userName, userId, createdAtMs: this.#clock.nowMs() });
  }

  getUser(userName: string): IamResult<User> {
    this.#prepare();
    return this.#users.named(userName);
  }

  listUsers(query: ListQuery): Listing<User> {
    this.#prepare();
    return this.#users.list(query);
  }

  /** The user's sessions end with it; they are opened by keys, which are gone already. */
  deleteUser(userName: string): IamResult<undefined> {
    return this.#ofUser(userName, ({ userId }) => {
      if (this.#accessKeys.ofUser(userId).length > 0)
        return denied({ kind: "user-has-access-keys" });
      if (this.#users.hasPolicies(userId)) return denied({ kind: "user-has-policies" });
      this.#sessions.endThoseOf(userId);
      this.#users.delete(userId);
      return granted(undefined);
    });
  }

  createAccessKey(request: KeyName & { sealedSecret: Uint8Array }): IamResult<AccessKey> {
    return this.#ofUser(request.userName, ({ userId }) => {
      const { accessKeyId, sealedSecret } = request;
      const createdAtMs = this.#clock.nowMs();
      const key = { accessKeyId, userId, sealedSecret, createdAtMs };
      const created = this.#accessKeys.create(key);
      return created.ok ? granted({ ...key, isActive: true, lastUse: null }) : created;
    });
  }

  listAccessKeys(userName: string): IamResult<readonly AccessKey[]> {
    return this.#ofUser(userName, ({ userId }) => granted(this.#accessKeys.ofUser(userId)));
  }

  updateAccessKey(request: KeyName & { isActive: boolean }): IamResult<undefined> {
    return this.#ofKey(request, ({ accessKeyId }) => {
      this.#accessKeys.setActive(accessKeyId, request.isActive);
    });
  }

  deleteAccessKey(name: KeyName): IamResult<undefined> {
    return this.#ofKey(name, ({ accessKeyId }) => {
      this.#sessions.endThoseOpenedBy(accessKeyId);
      this.#accessKeys.delete(accessKeyId);
    });
  }

  /** The key with the user whose it is. */
  accessKeyOwner(accessKeyId: string): IamResult<OwnedAccessKey> {
    this.#prepare();
    const accessKey = this.#accessKeys.find(accessKeyId);
    const user = accessKey === undefined ? undefined : this.#users.withId(accessKey.userId);
    return accessKey === undefined || user === undefined
      ? denied({ kind: "access-key-does-not-exist", accessKeyId })
      : granted({ user, accessKey });
  }

  putUserPolicy(request: PolicyName & { document: string }): IamResult<undefined> {
    return this.#ofUser(request.userName, (user) => this.#users.putPolicy(user, request));
  }

  getUserPolicy({ userName, policyName }: PolicyName): IamResult<string> {
    return this.#ofUser(userName, ({ userId }) => this.#users.policy(userId, policyName));
  }

  listUserPolicies(request: ListQuery & { userName: string }): IamResult<Listing<string>> {
    return this.#ofUser(request.userName, ({ userId }) => {
      return granted(this.#users.policyNames(userId, request));
    });
  }

  deleteUserPolicy({ userName, policyName }: PolicyName): IamResult<undefined> {
    return this.#ofUser(userName, ({ userId }) => this.#users.deletePolicy(userId, policyName));
  }

  /** The user must still be there: it may have been deleted since its request was let in. */
  openSession(session: Session, userName: string | null): IamResult<undefined> {
    this.#prepare();
    if (userName !== null) {
      const user = this.#users.named(userName);
      if (!user.ok) return user;
    }
    return this.#sessions.open(session, this.#clock.nowMs());
  }

  createAccount(
    request: Omit<AccountRequest, "createdAtMs">,
    ownAccountId: string,
  ): IamResult<CreatedAccount | "email-taken"> {
    this.#prepareAccounts(ownAccountId);
    return this.#accounts.create({ ...request, createdAtMs: this.#clock.nowMs() });
  }

  listAccounts(
    query: { afterId: string; limit: number },
    ownAccountId: string,
  ): Listing<CreatedAccount> {
    this.#prepareAccounts(ownAccountId);
    return this.#accounts.list(query);
  }

  findAccount(accountId: string, ownAccountId: string): IamResult<CreatedAccount> {
    this.#prepareAccounts(ownAccountId);
    const account = this.#accounts.find(accountId);
    return account === undefined ? denied({ kind: "account-does-not-exist" }) : granted(account);
  }

  findAccountOfRequest(requestId: string, ownAccountId: string): IamResult<CreatedAccount> {
    this.#prepareAccounts(ownAccountId);
    const account = requestId === "" ? undefined : this.#accounts.ofRequest(requestId);
    return account === undefined
      ? denied({ kind: "account-creation-does-not-exist" })
      : granted(account);
  }

  #keyRecord({ userId, isActive, sealedSecret }: AccessKey): KeyRecord | undefined {
    const user = this.#users.withId(userId);
    if (!isActive || user === undefined) return undefined;
    return { sealedSecret, user, policies: this.#users.policyDocuments(userId), session: null };
  }

  /** A user's session lives only while the key does that it was opened with. */
  #sessionRecord(session: Session): KeyRecord | undefined {
    const { userId, sealedSecret, kind, openedBy, tokenDigest, expiresAtMs } = session;
    const terms = { kind, openedBy, tokenDigest, expiresAtMs };
    if (userId === null) return { sealedSecret, user: null, policies: [], session: terms };
    const opener = this.#accessKeys.find(openedBy);
    if (opener?.userId !== userId) return undefined;
    const record = this.#keyRecord(opener);
    return record === undefined ? undefined : { ...record, sealedSecret, session: terms };
  }

  #ofUser<T>(userName: string, run: (user: User) => IamResult<T>): IamResult<T> {
    this.#prepare();
    const user = this.#users.named(userName);
    return user.ok ? run(user.value) : user;
  }

  #ofKey({ userName, accessKeyId }: KeyName, run: (key: AccessKey) => void): IamResult<undefined> {
    return this.#ofUser(userName, ({ userId }) => {
      const key = this.#accessKeys.ofUserNamed(userId, accessKeyId);
      if (!key.ok) return key;
      run(key.value);
      return granted(undefined);
    });
  }

  #prepareAccounts(ownAccountId: string): void {
    this.#prepare();
    this.#accounts.ensureOwn(ownAccountId, this.#clock.nowMs());
  }

  #prepare(): void {
    if (this.#isPrepared) return;
    createIdentityTables(this.#sql);
    this.#isPrepared = true;
  }
}

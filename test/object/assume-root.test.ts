/** Who may become the root of an account by AssumeRoot: the deployment's root, by its own key alone. */
import { beforeAll, expect, test } from "vitest";
import {
  type Credentials,
  credentialsOf,
  HOME_ACCOUNT,
  ROOT,
  SignedWorker,
} from "./signed-worker.ts";
import { Tenant } from "./tenant.ts";

const worker = new SignedWorker();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await Tenant.created(worker);
});

function assume(caller: Credentials, TargetPrincipal: string) {
  return worker.sts(caller, { Action: "AssumeRoot", TargetPrincipal });
}

test("the deployment's root becomes the root of an account that it created", async () => {
  expect(await assume(ROOT, tenant.accountId)).toMatchObject({ status: 200 });
});

test("a session of the deployment's root does not", async () => {
  const session = credentialsOf(await worker.sts(ROOT, { Action: "GetSessionToken" }));
  expect(await assume(session, tenant.accountId)).toMatchObject({
    status: 403,
    code: "AccessDenied",
  });
});

test("nobody becomes the root of an account that does not exist", async () => {
  expect(await assume(ROOT, "999999999999")).toMatchObject({ status: 403, code: "AccessDenied" });
});

test("the root of another account becomes nobody", async () => {
  for (const target of [HOME_ACCOUNT, tenant.accountId]) {
    expect(await assume(tenant.root, target)).toMatchObject({ status: 403, code: "AccessDenied" });
  }
});

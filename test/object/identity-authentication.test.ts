/**
 * What IAM, STS and Organizations answer to a request whose signature is wrong or missing, each in its own
 * form; and that nothing but what was signed for a service is done by it.
 */
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Credentials,
  credentialsOf,
  elementOf,
  form,
  type Outcome,
  ROOT,
  SignedWorker,
} from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const BAD_TOKEN = "The security token included in the request is invalid.";

const worker = new SignedWorker();
const home = Tenant.home(worker);
let bob: User;
let session: Credentials;

beforeAll(async () => {
  bob = await home.user("bob", { Effect: "Allow", Action: "sqs:*", Resource: "*" });
  session = credentialsOf(await worker.sts(bob.credentials, { Action: "GetSessionToken" }));
});

describe("a request to IAM, STS or Organizations", () => {
  const who = { Action: "GetCallerIdentity" };
  type Asking = (caller: Credentials | undefined) => Promise<Outcome>;
  const SERVICES: readonly [string, Asking][] = [
    ["iam", (caller) => worker.iam(caller, { Action: "ListUsers" })],
    ["sts", (caller) => worker.sts(caller, who)],
  ];
  const accounts: Asking = (caller) => worker.organizations(caller, "ListAccounts");

  test.each(SERVICES)("of %s has its errors in XML", async (service, ask) => {
    const unknown = await ask({ ...ROOT, accessKeyId: "AKIAI44QH8DHBEXAMPLE" });
    expect(unknown).toMatchObject({
      status: 403,
      code: "InvalidClientTokenId",
      message: BAD_TOKEN,
    });
    const wrong = await ask({ ...ROOT, secret: "wrong" });
    expect(wrong).toMatchObject({ status: 403, code: "SignatureDoesNotMatch", message: MISMATCH });
    const anonymous = await ask(undefined);
    expect(anonymous).toMatchObject({
      status: 403,
      code: "MissingAuthenticationToken",
      message: "Request is missing Authentication Token",
    });
    for (const { text } of [unknown, wrong, anonymous]) {
      expect(text).toContain(`<ErrorResponse xmlns="https://${service}.amazonaws.com/doc/`);
      expect(elementOf(text, "Type")).toBe("Sender");
    }
  });

  test("of Organizations has its errors in JSON", async () => {
    const unknown = await accounts({ ...ROOT, accessKeyId: "AKIAI44QH8DHBEXAMPLE" });
    const wrong = await accounts({ ...ROOT, secret: "wrong" });
    expect(unknown.output).toEqual({ __type: "UnrecognizedClientException", Message: BAD_TOKEN });
    expect(wrong.output).toEqual({ __type: "InvalidSignatureException", Message: MISMATCH });
    const anonymous = await accounts(undefined);
    expect(anonymous).toMatchObject({ status: 400, code: "MissingAuthenticationTokenException" });
  });

  test("is not performed under SQS's name, nor SQS's under its", async () => {
    const asSqs = await worker.send(ROOT, form({ ...who, Version: "2011-06-15" }));
    expect(asSqs).toMatchObject({ status: 400, code: "InvalidAction" });
    const asIam = await worker.iam(ROOT, { Action: "ListQueues", Version: "2012-11-05" });
    expect(asIam).toMatchObject({ status: 400, code: "InvalidAction" });
  });

  test("says to a user, a session and the root who they are", async () => {
    const arn = async (caller: Credentials) =>
      elementOf((await worker.sts(caller, who)).text, "Arn");
    expect(await arn(ROOT)).toBe(home.rootArn);
    expect(await arn(bob.credentials)).toBe(bob.arn);
    expect(await arn(session)).toBe(bob.arn);
  });

  test("needs a policy, which a user for queues alone does not have", async () => {
    const asked = { Action: "CreateAccessKey", UserName: "bob" };
    expect(await worker.iam(bob.credentials, asked)).toMatchObject({
      status: 403,
      code: "AccessDenied",
      message: `User: ${bob.arn} is not authorized to perform: iam:CreateAccessKey on resource: ${bob.arn} because no identity-based policy allows the iam:CreateAccessKey action`,
    });
    expect(await worker.organizations(bob.credentials, "ListAccounts")).toMatchObject({
      status: 400,
      code: "AccessDeniedException",
    });
  });
});

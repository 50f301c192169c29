/**
 * `npm start -- --auth` as its users meet it, through the AWS SDK's clients, sqs-consumer and presigned
 * URLs with real credentials: who may do what, what they are told who may not, and what other accounts
 * may of a queue that was shared with them.
 */
import {
  DeleteAccessKeyCommand,
  ListUsersCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { CreateAccountCommand } from "@aws-sdk/client-organizations";
import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { AwsClient } from "aws4fetch";
import { Consumer } from "sqs-consumer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CredentialHolder } from "../support/credential-holder.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { AuthenticatedServer } from "./authenticated-server.ts";

const HOME = "000000000000";
const START_WITHIN_MS = 30_000;
const POST = { method: "POST" };

let data: TemporaryDirectory;
let server: AuthenticatedServer;
let root: CredentialHolder;

beforeAll(async () => {
  data = new TemporaryDirectory();
  server = await AuthenticatedServer.started(data.path);
  root = server.root;
}, START_WITHIN_MS);
afterAll(async () => {
  await server.end();
  data.remove();
});

async function newQueue(QueueName: string, owner = root): Promise<string> {
  const { QueueUrl = "" } = await owner.sqs.send(new CreateQueueCommand({ QueueName }));
  return QueueUrl;
}

function allow(queueName: string, ...actions: readonly string[]) {
  const Resource = `arn:aws:sqs:us-east-1:${HOME}:${queueName}`;
  return { Effect: "Allow", Action: actions.map((name) => `sqs:${name}`), Resource } as const;
}

function send(holder: CredentialHolder, QueueUrl: string, MessageBody = "hello") {
  return holder.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
}

async function receive(holder: CredentialHolder, QueueUrl: string) {
  const input = { QueueUrl, WaitTimeSeconds: 1 };
  return (await holder.sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
}

function withCredentials(changes: Partial<CredentialHolder["credentials"]>, holder = root) {
  return new CredentialHolder(server.url, { ...holder.credentials, ...changes });
}

describe("a user", () => {
  it("may do what its policy allows, and nothing else", async () => {
    const QueueUrl = await newQueue("orders");
    const sender = await root.newUser("sender", allow("orders", "SendMessage"));
    const worker = await root.newUser("worker", allow("orders", "ReceiveMessage", "DeleteMessage"));
    await send(sender, QueueUrl);
    const entries = { QueueUrl, Entries: [{ Id: "a", MessageBody: "of a batch" }] };
    await sender.sqs.send(new SendMessageBatchCommand(entries));
    await expect(receive(sender, QueueUrl)).rejects.toMatchObject({
      name: "AccessDenied",
      message: `User: arn:aws:iam::${HOME}:user/sender is not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:us-east-1:${HOME}:orders because no identity-based policy allows the sqs:receivemessage action`,
      $metadata: { httpStatusCode: 403 },
    });
    await expect(send(worker, QueueUrl)).rejects.toMatchObject({ name: "AccessDenied" });
    const [message] = await receive(worker, QueueUrl);
    expect(message?.Body).toMatch(/^(hello|of a batch)$/);
    const { ReceiptHandle } = message ?? {};
    await worker.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    const denied = { name: "AccessDenied" };
    await expect(worker.sqs.send(new DeleteQueueCommand({ QueueUrl }))).rejects.toMatchObject(
      denied,
    );
    await expect(worker.sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject(denied);
    await expect(newQueue("another", worker)).rejects.toMatchObject(denied);
    await expect(worker.iam.send(new ListUsersCommand({}))).rejects.toMatchObject(denied);
  });

  it("learns nothing of queues it may not use, not even whether there are any", async () => {
    await newQueue("hidden");
    const stranger = await root.newUser("stranger", allow("elsewhere", "*"));
    const messages: string[] = [];
    for (const QueueName of ["hidden", "absent"]) {
      const asked = stranger.sqs.send(new GetQueueUrlCommand({ QueueName }));
      const error = await asked.catch((refused: Error) => refused);
      if (!(error instanceof Error)) throw new Error("it is allowed");
      expect(error.name).toBe("AccessDenied");
      messages.push(error.message.replaceAll(QueueName, "…"));
    }
    expect(messages[0]).toBe(messages[1]);
  });

  it("is denied what a policy denies, though another statement allows it", async () => {
    const QueueUrl = await newQueue("careful");
    const all = allow("careful", "*");
    const deny = { ...allow("careful", "DeleteQueue", "PurgeQueue"), Effect: "Deny" } as const;
    const user = await root.newUser("careful", all, deny);
    await send(user, QueueUrl);
    await expect(user.sqs.send(new DeleteQueueCommand({ QueueUrl }))).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("with an explicit deny in an identity-based policy"),
    });
  });

  it("may what its policy says at once after it was changed", async () => {
    const QueueUrl = await newQueue("changing");
    const user = await root.newUser("changing", allow("changing", "ReceiveMessage"));
    await expect(send(user, QueueUrl)).rejects.toMatchObject({ name: "AccessDenied" });
    await root.putPolicy("changing", allow("changing", "SendMessage"));
    await send(user, QueueUrl);
    await expect(receive(user, QueueUrl)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("is who its key says, and so is whoever has its session token", async () => {
    const user = await root.newUser("someone");
    const identity = { Account: HOME, Arn: `arn:aws:iam::${HOME}:user/someone` };
    expect(await user.sts.send(new GetCallerIdentityCommand({}))).toMatchObject(identity);
    const { Credentials } = await user.sts.send(new GetSessionTokenCommand({}));
    const session = new CredentialHolder(server.url, {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    });
    expect(await session.sts.send(new GetCallerIdentityCommand({}))).toMatchObject(identity);
  });
});

describe("credentials that are not right", () => {
  it.each<[string, () => Promise<CredentialHolder> | CredentialHolder, string, RegExp]>([
    [
      "a wrong secret",
      () => withCredentials({ secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" }),
      "SignatureDoesNotMatch",
      /^The request signature we calculated does not match the signature you provided\./,
    ],
    [
      "an unknown key",
      () => withCredentials({ accessKeyId: "AKIAIOSFODNN7EXAMPLE" }),
      "InvalidClientTokenId",
      /^The security token included in the request is invalid\.$/,
    ],
    [
      "a key of twelve digits, which is nobody's",
      () => withCredentials({ accessKeyId: HOME }),
      "InvalidClientTokenId",
      /is invalid\.$/,
    ],
    [
      "another's session token",
      async () => {
        const assumed = await root.asRootOf(await root.newAccount("token"));
        return withCredentials({ sessionToken: "another" }, assumed);
      },
      "InvalidClientTokenId",
      /is invalid\.$/,
    ],
    [
      "an expired token",
      async () => root.asRootOf(await root.newAccount("expired"), 0),
      "ExpiredToken",
      /^The security token included in the request is expired$/,
    ],
  ])("are told from others by the name of the error: %s", async (_, holder, name, message) => {
    const { sqs } = await holder();
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("are an access key that was switched off or deleted, at once", async () => {
    const user = await root.newUser("leaver", allow("*", "*"));
    const { accessKeyId: AccessKeyId } = user.credentials;
    const key = { UserName: "leaver", AccessKeyId };
    await user.sqs.send(new ListQueuesCommand({}));
    const refused = { name: "InvalidClientTokenId" };
    await root.iam.send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" }));
    await expect(user.sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject(refused);
    await root.iam.send(new UpdateAccessKeyCommand({ ...key, Status: "Active" }));
    await user.sqs.send(new ListQueuesCommand({}));
    await root.iam.send(new DeleteAccessKeyCommand(key));
    await expect(user.sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject(refused);
  });

  it("are none: whoever shows none is allowed what everybody is", async () => {
    const QueueUrl = await newQueue("open-house");
    const send = () => fetch(`${QueueUrl}?Action=SendMessage&MessageBody=hello`);
    const refused = await send();
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("<Code>AccessDenied</Code>");
    const Statement = { Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" };
    const Attributes = {
      Policy: JSON.stringify({ Version: "2012-10-17", Statement: [Statement] }),
    };
    await root.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    expect((await send()).status).toBe(200);
    expect((await fetch(`${QueueUrl}?Action=ReceiveMessage`)).status).toBe(403);
  });
});

describe("another account", () => {
  it("sends to a queue that was shared for that, and nothing else", async () => {
    const QueueUrl = await newQueue("shared");
    const accountId = await root.newAccount("partner");
    const partner = await root.asRootOf(accountId);
    const user = await partner.newUser("partner", {
      Effect: "Allow",
      Action: "sqs:*",
      Resource: "*",
    });
    const denied = {
      name: "AccessDenied",
      message: expect.stringContaining("because no resource-based policy allows"),
    };
    await expect(send(user, QueueUrl)).rejects.toMatchObject(denied);
    const permission = { QueueUrl, Label: "partner", AWSAccountIds: [accountId] };
    const sending = { ...permission, Actions: ["SendMessage"] };
    await root.sqs.send(new AddPermissionCommand(sending));
    await send(user, QueueUrl, "from the partner");
    await expect(receive(user, QueueUrl)).rejects.toMatchObject(denied);
    await expect(user.sqs.send(new DeleteQueueCommand({ QueueUrl }))).rejects.toMatchObject(denied);
    expect(await receive(root, QueueUrl)).toMatchObject([{ Body: "from the partner" }]);
    await root.sqs.send(new RemovePermissionCommand({ QueueUrl, Label: "partner" }));
    await expect(send(user, QueueUrl)).rejects.toMatchObject(denied);
  });

  it("must allow its own users what was shared", async () => {
    const QueueUrl = await newQueue("half-shared");
    const accountId = await root.newAccount("half");
    const user = await (await root.asRootOf(accountId)).newUser("nobody");
    const sharing = { QueueUrl, Label: "half", AWSAccountIds: [accountId], Actions: ["*"] };
    await root.sqs.send(new AddPermissionCommand(sharing));
    await expect(send(user, QueueUrl)).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("because no identity-based policy allows"),
    });
  });

  it("has queues and users of the same names, of which the first sees nothing", async () => {
    const other = await root.asRootOf(await root.newAccount("namesake"));
    const urls = [await newQueue("twin"), await newQueue("twin", other)];
    expect(new Set(urls).size).toBe(2);
    await root.newUser("twin");
    await other.newUser("twin");
    await send(other, urls[1] ?? "", "for the other");
    expect(await receive(root, urls[0] ?? "")).toEqual([]);
    await expect(receive(root, urls[1] ?? "")).rejects.toMatchObject({
      name: "AccessDenied",
    });
    const { Users } = await other.iam.send(new ListUsersCommand({}));
    expect(Users).toHaveLength(1);
  });

  it("is made by the deployment's root alone", async () => {
    const other = await root.asRootOf(await root.newAccount("maker"));
    const account = { AccountName: "more", Email: "more@example.com" };
    await expect(other.organizations.send(new CreateAccountCommand(account))).rejects.toThrow();
  });
});

describe("sqs-consumer", () => {
  it("works off a queue with a key that may receive and delete", async () => {
    const queueUrl = await newQueue("parcels");
    const actions = ["ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"];
    const { sqs } = await root.newUser("consumer", allow("parcels", ...actions));
    await send(root, queueUrl, "a parcel");
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    const handleMessage = async (message: { Body?: string | undefined }) => {
      resolve(message.Body);
      return message;
    };
    const consumer = Consumer.create({ queueUrl, sqs, handleMessage, waitTimeSeconds: 1 });
    consumer.on("error", reject);
    const deleted = new Promise((done) => consumer.on("response_processed", () => done(true)));
    consumer.start();
    expect(await promise).toBe("a parcel");
    await deleted;
    consumer.stop({ abort: true });
    expect(await receive(root, queueUrl)).toEqual([]);
  });
});

describe("a presigned URL", () => {
  async function presigned(holder: CredentialHolder, url: string): Promise<string> {
    const client = new AwsClient({ ...holder.credentials, service: "sqs", region: "us-east-1" });
    return (await client.sign(url, { aws: { signQuery: true } })).url;
  }

  it("sends its one message for whoever has it, and no other", async () => {
    const QueueUrl = await newQueue("letters");
    const user = await root.newUser("writer", allow("letters", "SendMessage"));
    const url = await presigned(user, `${QueueUrl}?Action=SendMessage&MessageBody=signed-words`);
    const response = await fetch(url);
    expect(await response.text()).toContain("<SendMessageResponse");
    expect(response.status).toBe(200);
    expect(await receive(root, QueueUrl)).toMatchObject([{ Body: "signed-words" }]);
    const altered = await fetch(url.replace("signed-words", "other-words"));
    expect(altered.status).toBe(403);
    expect(await altered.text()).toContain("<Code>SignatureDoesNotMatch</Code>");
  });

  it("allows no more than whoever signed it", async () => {
    const QueueUrl = await newQueue("letters-to-read");
    const user = await root.newUser("reader", allow("letters-to-read", "SendMessage"));
    const response = await fetch(await presigned(user, `${QueueUrl}?Action=ReceiveMessage`));
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("<Code>AccessDenied</Code>");
  });
});

describe("what is not of SQS", () => {
  function signer({ credentials }: CredentialHolder): AwsClient {
    return new AwsClient({ ...credentials, service: "sqs", region: "us-east-1", retries: 0 });
  }

  it("is a reset, which is the root's of an account, and of that account alone", async () => {
    await newQueue("kept");
    const other = await root.asRootOf(await root.newAccount("resetting"));
    await newQueue("gone", other);
    const reset = `${server.url}/_millrace/reset`;
    const user = await other.newUser("resetter", { Effect: "Allow", Action: "*", Resource: "*" });
    const strangers = [fetch(reset, { method: "POST" }), signer(user).fetch(reset, POST)];
    for (const response of await Promise.all(strangers)) expect(response.status).toBe(403);
    const done = await signer(other).fetch(reset, POST);
    expect(await done.json()).toEqual({ deletedQueues: 1 });
    await root.sqs.send(new GetQueueUrlCommand({ QueueName: "kept" }));
  });

  it("is a look at messages, which is for those who may receive them", async () => {
    const QueueUrl = await newQueue("seen");
    await send(root, QueueUrl, "to be seen");
    const look = `${server.url}/_aws/sqs/messages?QueueUrl=${encodeURIComponent(QueueUrl)}`;
    const receiver = await root.newUser("looker", allow("seen", "ReceiveMessage"));
    const sender = await root.newUser("blind", allow("seen", "SendMessage"));
    expect(await (await signer(receiver).fetch(look)).text()).toContain("<Body>to be seen</Body>");
    for (const refused of [await signer(sender).fetch(look), await fetch(look)]) {
      expect(refused.status).toBe(403);
      expect(await refused.text()).not.toContain("to be seen");
    }
  });

  it("is whether the server is there, which anybody may ask", async () => {
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });
});

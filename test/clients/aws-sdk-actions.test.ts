/**
 * Every action through the AWS SDK, once: what it answers, and the class by which its errors are
 * caught. SDK users write `catch (error) { if (error instanceof QueueDoesNotExist) ... }`, so the
 * class is part of the protocol.
 */
import {
  BatchEntryIdsNotDistinct,
  BatchRequestTooLong,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  EmptyBatchRequest,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  InvalidAttributeName,
  InvalidAttributeValue,
  InvalidBatchEntryId,
  InvalidMessageContents,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  PurgeQueueInProgress,
  QueueDeletedRecently,
  QueueDoesNotExist,
  QueueNameExists,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
  SQSServiceException,
  TagQueueCommand,
  TooManyEntriesInBatchRequest,
  UnsupportedOperation,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSdkClient } from "../support/sdk-client.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const data = new TemporaryDirectory();
let server: ServerProcess;
let sqs: SQSClient;
let queueCount = 0;

beforeAll(async () => {
  // With --strict, AWS's waits of 60 seconds are enforced, and their errors can be seen.
  const flags = ["--strict"];
  server = await ServerProcess.started({
    dataDir: data.path,
    port: await freePort(),
    through: "npm",
    flags,
  });
  sqs = newSdkClient(server.url);
});

afterAll(async () => {
  sqs.destroy();
  await server.stop();
  data.remove();
});

async function newQueue(Attributes: Record<string, string> = {}): Promise<string> {
  const QueueName = `actions-${queueCount++}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl ?? "";
}

async function receiveOne(QueueUrl: string) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    }),
  );
  expect(Messages).toHaveLength(1);
  return Messages[0];
}

describe("queues", () => {
  test("are created, found, listed and deleted", async () => {
    const QueueUrl = await newQueue({ DelaySeconds: "1" });
    const QueueName = QueueUrl.split("/").at(-1) ?? "";
    expect(QueueUrl).toBe(`${server.url}/000000000000/${QueueName}`);
    expect(await sqs.send(new GetQueueUrlCommand({ QueueName }))).toMatchObject({ QueueUrl });
    const { QueueUrls } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: QueueName }));
    expect(QueueUrls).toContain(QueueUrl);
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName }))).rejects.toThrow(
      QueueDoesNotExist,
    );
    await expect(sqs.send(new CreateQueueCommand({ QueueName }))).rejects.toThrow(
      QueueDeletedRecently,
    );
  });

  test("keep the attributes they are given", async () => {
    const QueueUrl = await newQueue();
    const Attributes = { VisibilityTimeout: "5", MessageRetentionPeriod: "60" };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    const answer = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    expect(answer.Attributes).toMatchObject({ ...Attributes, DelaySeconds: "0" });
  });

  test("keep the tags they are given", async () => {
    const QueueUrl = await newQueue();
    await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { team: "parcels", stage: "test" } }));
    await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["stage"] }));
    const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
    expect(Tags).toEqual({ team: "parcels" });
  });

  test("are purged, once a minute", async () => {
    const QueueUrl = await newQueue();
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "gone" }));
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
    await expect(sqs.send(new PurgeQueueCommand({ QueueUrl }))).rejects.toThrow(
      PurgeQueueInProgress,
    );
  });

  test("refuse what is wrong with them by its class", async () => {
    const QueueUrl = await newQueue({ DelaySeconds: "1" });
    const QueueName = QueueUrl.split("/").at(-1);
    const nowhere = `${server.url}/000000000000/nowhere`;
    const create = (Attributes: Record<string, string>) =>
      sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    await expect(create({ DelaySeconds: "2" })).rejects.toThrow(QueueNameExists);
    await expect(create({ Colour: "red" })).rejects.toThrow(InvalidAttributeName);
    await expect(create({ DelaySeconds: "901" })).rejects.toThrow(InvalidAttributeValue);
    await expect(
      sqs.send(new GetQueueAttributesCommand({ QueueUrl: nowhere, AttributeNames: ["All"] })),
    ).rejects.toThrow(QueueDoesNotExist);
  });
});

describe("messages", () => {
  test("are sent, received with their attributes, and deleted", async () => {
    const QueueUrl = await newQueue();
    const MessageAttributes = {
      colour: { DataType: "String", StringValue: "blue" },
      count: { DataType: "Number", StringValue: "3" },
      blob: { DataType: "Binary", BinaryValue: Uint8Array.of(1, 2, 3) },
    };
    const sent = await sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody: "hello", MessageAttributes }),
    );
    expect(sent.MD5OfMessageBody).toBe("5d41402abc4b2a76b9719d911017c592");
    const message = await receiveOne(QueueUrl);
    expect(message).toMatchObject({ MessageId: sent.MessageId, Body: "hello", MessageAttributes });
    expect(message?.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    expect(message?.Attributes).toMatchObject({ ApproximateReceiveCount: "1" });
    const { ReceiptHandle } = message ?? {};
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  });

  test("are sent, changed and deleted in batches", async () => {
    const QueueUrl = await newQueue();
    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "good", MessageBody: "good" },
          { Id: "bad", MessageBody: "\u0000" },
        ],
      }),
    );
    expect(sent.Successful).toMatchObject([{ Id: "good" }]);
    expect(sent.Failed).toMatchObject([
      { Id: "bad", SenderFault: true, Code: "InvalidMessageContents" },
    ]);
    const { ReceiptHandle } = (await receiveOne(QueueUrl)) ?? {};
    const changed = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [{ Id: "one", ReceiptHandle, VisibilityTimeout: 60 }],
      }),
    );
    expect(changed.Successful).toEqual([{ Id: "one" }]);
    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "one", ReceiptHandle },
          { Id: "two", ReceiptHandle: "garbage" },
        ],
      }),
    );
    expect(deleted.Successful).toEqual([{ Id: "one" }]);
    expect(deleted.Failed).toMatchObject([
      { Id: "two", SenderFault: true, Code: "ReceiptHandleIsInvalid" },
    ]);
  });

  test("become visible again when their visibility timeout is changed to 0", async () => {
    const QueueUrl = await newQueue();
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "again" }));
    const { ReceiptHandle } = (await receiveOne(QueueUrl)) ?? {};
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
    );
    const message = await receiveOne(QueueUrl);
    expect(message?.Attributes?.ApproximateReceiveCount).toBe("2");
    expect(message?.ReceiptHandle).not.toBe(ReceiptHandle);
  });

  test("refuse what is wrong with them by its class", async () => {
    const QueueUrl = await newQueue();
    const ReceiptHandle = "garbage";
    await expect(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))).rejects.toThrow(
      ReceiptHandleIsInvalid,
    );
    await expect(
      sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 1 }),
      ),
    ).rejects.toThrow(ReceiptHandleIsInvalid);
    await expect(
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "\u0001" })),
    ).rejects.toThrow(InvalidMessageContents);
    await expect(
      sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: "list",
          MessageAttributes: { list: { DataType: "String", StringListValues: ["a"] } },
        }),
      ),
    ).rejects.toThrow(UnsupportedOperation);
  });

  test("refuse what is wrong with a batch by its class", async () => {
    const QueueUrl = await newQueue();
    const send = (entries: readonly { Id: string; MessageBody: string }[]) =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [...entries] }));
    const entry = { Id: "one", MessageBody: "body" };
    const large = "x".repeat(600_000);
    const eleven = Array.from({ length: 11 }, (_, index) => ({ Id: `${index}`, MessageBody: "b" }));
    await expect(send([])).rejects.toThrow(EmptyBatchRequest);
    await expect(send(eleven)).rejects.toThrow(TooManyEntriesInBatchRequest);
    await expect(send([entry, entry])).rejects.toThrow(BatchEntryIdsNotDistinct);
    await expect(send([{ ...entry, Id: "not:allowed" }])).rejects.toThrow(InvalidBatchEntryId);
    await expect(
      send([
        { Id: "one", MessageBody: large },
        { Id: "two", MessageBody: large },
      ]),
    ).rejects.toThrow(BatchRequestTooLong);
  });

  test("with a parameter out of its range are refused, with SQS's name for it", async () => {
    const QueueUrl = await newQueue();
    const refused = sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 }));
    await expect(refused).rejects.toThrow(SQSServiceException);
    await expect(refused).rejects.toMatchObject({
      name: "InvalidParameterValue",
      $metadata: { httpStatusCode: 400 },
    });
  });
});
